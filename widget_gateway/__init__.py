"""Widget Gateway: embedded tests on partners' pages, one Tornado server on MongoDB."""
