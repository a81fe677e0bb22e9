"""Prints what the partners' clients say about the partner API: calls, types, reasons, events.

`python -m clients.generator` writes the files; with `--check` it compares them instead.
"""
