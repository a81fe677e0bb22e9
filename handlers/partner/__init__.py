"""The partner API (docs/protocol/http.md, "Partner API")."""

from handlers.partner import (
    access_tokens,
    answers,
    invoices,
    payments,
    privacy,
    progress,
    results,
    statistics,
    users,
    webhooks,
)

PARTNER_MODULES = (
    users,
    access_tokens,
    progress,
    payments,
    results,
    answers,
    statistics,
    invoices,
    webhooks,
    privacy,
)
"""The modules in the order in which the documentation shows their calls."""
