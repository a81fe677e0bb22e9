"""Rules of providers, invoices, webhooks and repeated calls."""
