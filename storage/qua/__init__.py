"""QUA: users, questions, external resources, searches."""
