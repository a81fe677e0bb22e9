"""Providers, their users, accesses, statistics and webhooks."""
