"""What partners use: callers, accesses, users, statistics, invoices, webhooks."""
