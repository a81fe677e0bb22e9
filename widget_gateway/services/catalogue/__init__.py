"""The test catalogue, and importers."""
