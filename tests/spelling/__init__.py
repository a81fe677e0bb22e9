"""Tests of the correction of misspelled words."""
