"""Rules of taking a test: attempts and results."""
