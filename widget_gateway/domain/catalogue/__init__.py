"""Tests as data: questions, answers, scoring, reports."""
