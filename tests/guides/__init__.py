"""Tests of the guides: as a site, in two languages, and of what they say."""
