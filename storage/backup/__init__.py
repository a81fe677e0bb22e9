"""Backups: an archive of the database as of one moment, and how it is proven and restored."""
