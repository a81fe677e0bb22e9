"""Rules of QUA: users, questions, resources, search, tracking."""
