"""Providers, which are partners' sites, and their policies (docs/protocol/http.md, "Providers")."""

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from urllib.parse import urlsplit

from widget_gateway.domain.catalogue.tests import is_hidden
from widget_gateway.domain.ids import ProviderSlug, TestSlug
from widget_gateway.domain.partners.brands import Brand
from widget_gateway.domain.partners.money import Price

_HOST = re.compile(r"[a-z0-9_-]+(\.[a-z0-9_-]+)*\.?")

_SLUG = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}", re.ASCII)

MAX_COUNT = 10**9
"""The highest limit or overdraft that people may set."""

MAX_NAME = 200
"""The most characters of a provider's name, which has to fit on invoices."""

SANDBOX_PREFIX = "test_"
LIVE_PREFIX = "live_"
"""How a client key begins, so that people see which world it belongs to."""


class PaymentPolicy(StrEnum):
    """A prepaid provider has a limit of accesses; a postpaid one pays for them by invoice."""

    PREPAID = "prepaid"
    POSTPAID = "postpaid"


class TestPolicy(StrEnum):
    """Which results one access may hold; `results_allowed` has the numbers."""

    __test__ = False  # The name says what it is to people; pytest must not collect it.

    ONE_TEST = "one_test"
    ONE_TEST_ONE_BONUS = "one_test_one_bonus"
    UNLIMITED = "unlimited"


class TestKind(StrEnum):
    """What a test is under a provider's test policy."""

    __test__ = False  # The name says what it is to people; pytest must not collect it.

    MAIN = "main"
    BONUS = "bonus"
    FORBIDDEN = "forbidden"


@dataclass(frozen=True, slots=True)
class Terms:
    """What an invoice shows of a provider besides its accesses."""

    name: str
    price: Price


@dataclass(frozen=True, slots=True)
class FormerTerms:
    """Terms that held until a change, at a time of the database's clock."""

    terms: Terms
    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A partner's site; `access_count` is how many accesses were issued so far.

    `price` is that of one access in `currency`, a code of ISO 4217. `open_results` says whether a
    result's key alone opens its report, `sandbox_guests` whether a page may begin attempts in the
    sandbox without an access token. `former_terms` are those before each change of name, price
    or currency, oldest first. The periods until `invoiced_until` were invoiced: no access gets an
    earlier time any more. `brand_logo` is the digest of its logo, which is stored apart. Results
    that are older than `results_kept_days` are removed; None keeps them for ever.
    """

    slug: ProviderSlug
    name: str
    created_at: datetime
    enabled: bool = True
    origins: tuple[str, ...] = ()
    allow_no_origin: bool = False
    open_results: bool = False
    sandbox_guests: bool = False
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
    brand_name: str | None = None
    brand_color: str | None = None
    brand_logo: str | None = None
    former_terms: tuple[FormerTerms, ...] = ()
    invoiced_until: datetime | None = None
    results_kept_days: int | None = None

    @property
    def brand(self) -> Brand:
        """What reports show of the provider."""
        return Brand(self.brand_name, self.brand_color, self.brand_logo)

    @property
    def terms(self) -> Terms:
        """The current terms."""
        return Terms(self.name, Price(self.price, self.currency))

    def terms_at(self, moment: datetime) -> Terms:
        """Return the terms that held at a moment, as far as changes of them are known."""
        for former in self.former_terms:
            if moment < former.until:
                return former.terms
        return self.terms

    def allows_origin(self, origin: str | None) -> bool:
        """Whether a page may open a widget channel; `origin` is its `Origin` header, if any."""
        if origin is None:
            return self.allow_no_origin
        return origin.lower() in self.origins

    @property
    def has_access_left(self) -> bool:
        """Whether another access may be issued: a prepaid provider has a limit and an overdraft."""
        return (
            self.payment_policy is PaymentPolicy.POSTPAID
            or self.access_count < self.access_limit + self.overdraft
        )

    def kind_of(self, test: TestSlug) -> TestKind:
        """What the test is to the provider. Without main tests, all that are not bonus are main.

        Hidden tests are for previews only, and previews are for hidden tests only.
        """
        if is_hidden(test) is not is_preview(self.slug):
            return TestKind.FORBIDDEN
        return self.test_lists.kind_of(test)

    @property
    def test_lists(self) -> "TestLists":
        """The tests that the provider's agreement names."""
        return TestLists(self.slug, self.main_tests, self.bonus_tests)


PREVIEW_SLUG = ProviderSlug("_preview")
"""The provider of the console's previews. No provider can be registered under such a slug."""

PREVIEW_LIFETIME = timedelta(days=1)
"""How long a preview can be used, and how long its attempts and results are kept."""

PREVIEW_PROVIDER = Provider(
    slug=PREVIEW_SLUG,
    name="Preview",
    created_at=datetime(2026, 1, 1, tzinfo=UTC),
    payment_policy=PaymentPolicy.POSTPAID,
    test_policy=TestPolicy.UNLIMITED,
    results_kept_days=PREVIEW_LIFETIME.days,
)
"""It is not stored, so it is in no list, overview or invoice. It has no keys and no users. Its
attempts begin with an access token, which the console alone makes, and nothing counts them."""


def is_preview(slug: str) -> bool:
    """Whether this is the provider of the console's previews."""
    return slug == PREVIEW_SLUG


@dataclass(frozen=True, slots=True)
class KeyFacts:
    """What is known of a key but the key itself. Keys of former versions have no `created_at`.

    `id` names the key among those of its provider. It begins the SHA-256 of the key, in hexadecimal
    digits, so that whoever has the key can tell which one it is.
    """

    id: str
    sandbox: bool
    created_at: datetime | None
    expires_at: datetime | None


@dataclass(frozen=True, slots=True)
class TestLists:
    """The tests that the agreement of a provider names, and what each test is by them."""

    __test__ = False  # The name says what it is to people; pytest must not collect it.

    provider: ProviderSlug
    main_tests: tuple[TestSlug, ...]
    bonus_tests: tuple[TestSlug, ...]

    def kind_of(self, test: TestSlug) -> TestKind:
        """What the test is. Without main tests, all that are not bonus are main."""
        if test in self.bonus_tests:
            return TestKind.BONUS
        if not self.main_tests or test in self.main_tests:
            return TestKind.MAIN
        return TestKind.FORBIDDEN


@dataclass(frozen=True, slots=True)
class Caller:
    """The provider that makes a call, with its live key or with its sandbox key."""

    provider: Provider
    sandbox: bool


def results_allowed(policy: TestPolicy, kind: TestKind) -> int | None:
    """How many results of tests of this kind an access may hold; None means any number."""
    if kind is TestKind.FORBIDDEN:
        return 0
    if policy is TestPolicy.UNLIMITED:
        return None
    if kind is TestKind.BONUS:
        return int(policy is TestPolicy.ONE_TEST_ONE_BONUS)
    return 1


def parse_name(text: str) -> str | None:
    """Check a provider's name: 1 to 200 characters on a line; None if it is wrong."""
    name = text.strip()
    return name if 0 < len(name) <= MAX_NAME and name.isprintable() else None


def parse_slug(text: str) -> ProviderSlug | None:
    """Check a slug: 1 to 64 Latin letters, digits, hyphens and underscores; None if it is wrong."""
    return ProviderSlug(text) if _SLUG.fullmatch(text) else None


def parse_origin(text: str) -> str | None:
    """Normalise `scheme://host[:port]` as browsers send it; returns None for anything else."""
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
    """The host in ASCII (IDNA); None if it has characters that mean something in headers (`;`)."""
    try:
        ascii_host = host.encode("idna").decode("ascii")
    except UnicodeError:
        return None
    return ascii_host if _HOST.fullmatch(ascii_host) else None
