"""Importers of other systems' tests. `registry` says by its content which of them reads a file."""
