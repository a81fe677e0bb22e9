"""MongoDB through Motor: one store a noun, each owns its atomicity."""
