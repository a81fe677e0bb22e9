"""Attempts, the journal of their answers, and results."""
