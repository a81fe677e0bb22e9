"""The rules of the business: pure functions and values, no I/O, no clock."""
