"""The partner API (docs/protocol/http.md, "Partner API")."""

from handlers.partner import (
    answers,
    invoices,
    progress,
    results,
    sessions,
    statistics,
    tokens,
    users,
    webhooks,
)

PARTNER_MODULES = (
    users,
    tokens,
    progress,
    sessions,
    results,
    answers,
    statistics,
    invoices,
    webhooks,
)
"""In the order in which a partner meets their calls."""
