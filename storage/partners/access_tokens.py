"""One-time access tokens. The engine reads and writes them, so they need no store.

The `_id` is the token, a UUID. A TTL index removes tokens that have expired.
"""

from dataclasses import dataclass
from datetime import datetime

from storage.client import Document
from storage.commits.unit import Unit
from widget_gateway.domain.errors import TokenInvalidError
from widget_gateway.domain.ids import AccessToken, ProviderSlug, TestSlug, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenGrant:
    """What an access token is valid for: one user and one test of a provider.

    `paid` says whether the attempt that it opens is paid already.
    """

    provider: ProviderSlug
    sandbox: bool
    user_id: UserId
    test: TestSlug
    paid: bool


def token_document(token: AccessToken, grant: TokenGrant, expires_at: datetime) -> Document:
    """Make the document of a new token."""
    return {
        "_id": token,
        "provider": grant.provider,
        "sandbox": grant.sandbox,
        "user_id": grant.user_id,
        "test": grant.test,
        "paid": grant.paid,
        "spent": False,
        "expires_at": expires_at,
    }


def spend(
    unit: Unit, token: AccessToken, provider: ProviderSlug, test: TestSlug, now: datetime
) -> TokenGrant:
    """Spend a token that the unit has read. A token can be spent once.

    Raises:
        TokenInvalidError: the token is unknown, spent or expired, or is valid for another provider
            or test.
    """
    row = unit.tokens.get(token)
    if (
        row is None
        or row["spent"]
        or (row["provider"], row["test"]) != (provider, test)
        or row["expires_at"] <= now  # The TTL index may be a minute late.
    ):
        raise TokenInvalidError
    unit.tokens.put(row | {"spent": True})
    return TokenGrant(
        provider=provider,
        sandbox=row["sandbox"],
        user_id=UserId(row["user_id"]),
        test=test,
        paid=row["paid"],
    )
