"""The composition root, in which everything is made and connected."""
