"""Tests of what all wings use: storage, processes, settings, and the repository itself."""
