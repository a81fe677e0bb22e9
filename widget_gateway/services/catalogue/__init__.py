"""The catalogue of tests, and importers of other formats."""
