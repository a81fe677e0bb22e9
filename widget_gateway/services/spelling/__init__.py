"""Spelling correction of search queries (docs/spelling.md)."""
