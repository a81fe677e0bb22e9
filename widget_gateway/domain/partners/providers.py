"""Providers, partners' sites, and their policies (docs/protocol/http.md, "Providers")."""

import re
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from urllib.parse import urlsplit

from widget_gateway.domain.ids import ProviderSlug, TestSlug

_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")

SANDBOX_PREFIX = "test_"
LIVE_PREFIX = "live_"


class PaymentPolicy(StrEnum):
    """Prepaid has a limit of accesses; postpaid counts them for the invoice."""

    PREPAID = "prepaid"
    POSTPAID = "postpaid"


class TestPolicy(StrEnum):
    """What one access may hold."""

    __test__ = False  # a name for people, not a test case for pytest

    ONE_TEST = "one_test"
    ONE_TEST_ONE_BONUS = "one_test_one_bonus"
    UNLIMITED = "unlimited"


class TestKind(StrEnum):
    """What a test is to a provider."""

    __test__ = False  # a name for people, not a test case for pytest

    MAIN = "main"
    BONUS = "bonus"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A partner. `access_count` is the number of accesses issued so far."""

    slug: ProviderSlug
    name: str
    created_at: datetime
    enabled: bool = True
    origins: tuple[str, ...] = ()
    allow_no_origin: bool = False
    open_results: bool = False
    payment_policy: PaymentPolicy = PaymentPolicy.PREPAID
    access_limit: int = 0
    overdraft: int = 0
    access_count: int = 0
    price: Decimal = Decimal("0.00")
    currency: str = "RUB"
    test_policy: TestPolicy = TestPolicy.ONE_TEST
    main_tests: tuple[TestSlug, ...] = ()
    bonus_tests: tuple[TestSlug, ...] = ()
    webhook_url: str | None = None

    def allows_origin(self, origin: str | None) -> bool:
        """Whether a widget channel may come from this `Origin` header (None: it sent none)."""
        if origin is None:
            return self.allow_no_origin
        return origin.lower() in self.origins

    @property
    def has_access_left(self) -> bool:
        """Whether another access may be issued: postpaid has no limit, prepaid an overdraft."""
        return (
            self.payment_policy is PaymentPolicy.POSTPAID
            or self.access_count < self.access_limit + self.overdraft
        )

    def kind_of(self, test: TestSlug) -> TestKind:
        """With no main tests named, every test that is no bonus is a main one."""
        if test in self.bonus_tests:
            return TestKind.BONUS
        if not self.main_tests or test in self.main_tests:
            return TestKind.MAIN
        return TestKind.FORBIDDEN


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: a provider, by its live key or its sandbox key."""

    provider: Provider
    sandbox: bool


def results_allowed(policy: TestPolicy, kind: TestKind) -> int | None:
    """How many results of tests of this kind one access may hold; None for any number."""
    if kind is TestKind.FORBIDDEN:
        return 0
    if policy is TestPolicy.UNLIMITED:
        return None
    if kind is TestKind.BONUS:
        return int(policy is TestPolicy.ONE_TEST_ONE_BONUS)
    return 1


def parse_origin(text: str) -> str | None:
    """Normalise `scheme://host[:port]` as a browser would send it; None if it is no web origin."""
    try:
        parts = urlsplit(text.strip())
        port = parts.port
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not parts.hostname:
        return None
    if parts.path not in ("", "/") or parts.query or parts.fragment or parts.username:
        return None
    host = f"[{parts.hostname}]" if ":" in parts.hostname else _ascii_host(parts.hostname)
    if host is None:
        return None
    default = {"http": 80, "https": 443}[parts.scheme]
    return f"{parts.scheme}://{host}" + (f":{port}" if port and port != default else "")


def _ascii_host(host: str) -> str | None:
    """The host as it travels; None for what could mean something in a header, such as `a;b`."""
    try:
        travelling = host.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return travelling if _HOST.fullmatch(travelling) else None
