"""Erasures, exports and retention, which concern the collections of several wings."""
