"""The rules of the business: pure functions and values, without I/O and without a clock."""
