"""HTTP calls to URLs that others chose. Addresses that are not public are not called."""

from widget_gateway.services.outgoing.client import OutgoingClient, Page, Reply
from widget_gateway.services.outgoing.failures import CallFailedError

__all__ = ["CallFailedError", "OutgoingClient", "Page", "Reply"]
