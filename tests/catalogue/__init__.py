"""Tests as data: definitions, answers, scoring, reports and importers."""
