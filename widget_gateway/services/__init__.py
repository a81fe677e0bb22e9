"""Use cases: what the gateway does, one service a noun."""
