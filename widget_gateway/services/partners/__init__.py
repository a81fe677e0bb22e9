"""What partners use: providers, accesses, users, statistics, invoices, webhooks."""
