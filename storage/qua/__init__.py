"""QUA: its users, questions, external resources and searches."""
