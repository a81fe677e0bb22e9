"""The two MongoDB drivers behind the same API, and how their calls wait and fail."""
