"""Servers of MongoDB that the gateway starts itself: processes, members, replica sets."""
