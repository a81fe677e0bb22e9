"""The partner API: providers, accesses, statistics, invoices and webhooks."""
