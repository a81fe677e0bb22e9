"""What is erased of people."""
