"""How many webhook deliveries are sent at the same time, and whose: slow receivers delay no others.

A delivery to a server that hangs keeps its place for as long as a try may take.
"""

from collections import Counter
from typing import TypeVar
from urllib.parse import urlsplit

from widget_gateway.domain.ids import ProviderSlug

Key = TypeVar("Key", bound=str)

MAX_IN_FLIGHT = 64
"""Deliveries that a process sends at the same time. A provider that has none in flight may send one
nevertheless, so there are at most so many and one for each provider."""

MAX_OF_A_PROVIDER = 4
"""How many of these may be one provider's."""

MAX_OF_A_RECEIVER = 16
"""How many may go to the same host and port, which several providers can share."""


class DeliveryPlaces:
    """Counts the deliveries in flight, of each provider and to each receiver."""

    def __init__(self) -> None:
        self._in_flight: Counter[ProviderSlug] = Counter()
        self._of_receiver: Counter[str] = Counter()

    def of(self, provider: ProviderSlug) -> int:
        """Return how many deliveries of the provider are in flight."""
        return self._in_flight[provider]

    def has_room(self, provider: ProviderSlug, url: str | None) -> bool:
        """Whether another delivery may be sent to this URL; None is sent nowhere.

        At a receiver a provider may take another place only while it has fewer than are free there,
        so a provider that has none finds one.
        """
        mine = self._in_flight[provider]
        free = MAX_OF_A_RECEIVER - self._of_receiver[_receiver(url)] if url else MAX_OF_A_RECEIVER
        is_below_all = not mine or self._in_flight.total() < MAX_IN_FLIGHT
        return is_below_all and mine < min(MAX_OF_A_PROVIDER, free)

    def take(self, provider: ProviderSlug, url: str | None) -> None:
        """Count a delivery that begins."""
        self._in_flight[provider] += 1
        if url:
            self._of_receiver[_receiver(url)] += 1

    def give_back(self, provider: ProviderSlug, url: str | None) -> None:
        """Count a delivery that has ended."""
        _take_off(self._in_flight, provider)
        if url:
            _take_off(self._of_receiver, _receiver(url))


def _take_off(counts: Counter[Key], key: Key) -> None:
    counts[key] -= 1
    if not counts[key]:
        del counts[key]


def _receiver(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port or parts.scheme}"
