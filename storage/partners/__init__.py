"""Providers, and their users, accesses, access tokens, statistics and webhooks."""
