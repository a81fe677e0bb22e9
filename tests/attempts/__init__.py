"""Tests of the widget channel, the answer journal and results."""
