"""How a handler declares what its operations take and answer, and how requests are read by it."""
