"""One-time access tokens: `_id` is the token as a BSON binary UUID.

A TTL index removes a token when it has expired.
"""

from dataclasses import dataclass
from datetime import datetime

from storage.client import Document
from storage.commits.unit import Unit
from widget_gateway.domain.errors import TokenInvalidError
from widget_gateway.domain.ids import AccessToken, ProviderSlug, TestSlug, UserId


@dataclass(frozen=True, slots=True, kw_only=True)
class TokenGrant:
    """What a token carries."""

    provider: ProviderSlug
    sandbox: bool
    user_id: UserId
    test: TestSlug
    paid: bool


def token_document(token: AccessToken, grant: TokenGrant, expires_at: datetime) -> Document:
    """A new token as it is stored."""
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
    """Spend a token that the unit has read: once, whoever else presents it.

    Raises:
        TokenInvalidError: unknown, spent, expired, or for another provider or test.
    """
    row = unit.tokens.get(token)
    if (
        row is None
        or row["spent"]
        or (row["provider"], row["test"]) != (provider, test)
        or row["expires_at"] <= now  # the TTL index may be a minute late
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
