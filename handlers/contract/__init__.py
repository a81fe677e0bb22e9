"""How an operation declares what it takes and answers, and how that is read."""
