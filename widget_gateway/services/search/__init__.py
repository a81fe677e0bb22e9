"""QUA's full-text search (docs/search.md)."""
