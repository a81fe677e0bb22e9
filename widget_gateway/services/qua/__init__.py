"""What QUA uses: users, questions, resources, tracking."""
