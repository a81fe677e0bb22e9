"""Correction of spelling in search queries."""
