"""What QUA uses: users, questions, external resources, tracking."""
