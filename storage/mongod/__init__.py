"""MongoDB servers that the gateway starts itself: processes, members, replica sets."""
