"""The console's accounts, sessions, invitations and trail."""
