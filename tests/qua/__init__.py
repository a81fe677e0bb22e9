"""Tests of QUA, the questions and answers."""
