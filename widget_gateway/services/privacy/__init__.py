"""People's data: what is exported, erased, and removed when it is old."""
