"""Tests of definitions, answers, scoring, reports and importers."""
