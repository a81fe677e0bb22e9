"""The MongoDB drivers behind one API, and how their calls wait and fail."""
