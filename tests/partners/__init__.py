"""Tests of the partner API: providers, accesses, statistics, invoices and webhooks."""
