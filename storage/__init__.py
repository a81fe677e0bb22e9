"""MongoDB through Motor or PyMongo: one store a noun, each owns its atomicity."""
