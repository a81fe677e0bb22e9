"""Tests of what describes the gateway to its callers: schemas, pages and guides."""
