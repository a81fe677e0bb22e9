"""Rules of the console: accounts and their roles, sign-ins, and the trail of what was done."""
