"""What the console uses: accounts, sign-ins, the trail, and what its pages show."""
