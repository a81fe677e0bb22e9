"""Taking a test: attempts, payments, results."""
