"""Correcting misspelled words."""
