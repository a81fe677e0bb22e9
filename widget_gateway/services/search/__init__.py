"""Full-text search of QUA."""
