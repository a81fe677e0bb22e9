"""Taking a test: the widget channel, the answer journal, results."""
