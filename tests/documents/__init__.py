"""Tests of documents as HTML, PDF, SVG and CSV, and of the processes that make them."""
