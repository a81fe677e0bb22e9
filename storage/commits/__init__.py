"""The group commit: the events of many callers are written in one transaction."""
