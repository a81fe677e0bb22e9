"""One-time access tokens. The engine issues and spends them; the store lists and removes them.

The `_id` is the token, a UUID. A TTL index removes tokens that have expired.
"""

from dataclasses import dataclass
from datetime import datetime

from storage.client import Database, Document, translated
from storage.commits.unit import Unit
from storage.transactions import Session
from widget_gateway.domain.errors import TokenInvalidError
from widget_gateway.domain.ids import AccessToken, ProviderSlug, TestSlug, UserId
from widget_gateway.domain.partners.users import UserPlace


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


@dataclass(frozen=True, slots=True, kw_only=True)
class IssuedToken:
    """What may be told of an access token that was issued: everything but the token."""

    test: TestSlug
    paid: bool
    spent: bool
    expires_at: datetime


class AccessTokenStore:
    """Access tokens of a user, for those who ask for all that is stored of the user.

    Those of the console's previews, whose user is not registered, are stored by `add`.
    """

    def __init__(self, database: Database) -> None:
        self._tokens = database["access_tokens"]

    async def add(self, token: AccessToken, grant: TokenGrant, expires_at: datetime) -> None:
        """Store a new token of a user that needs no registration."""
        with translated():
            await self._tokens.insert_one(token_document(token, grant, expires_at))

    async def list_of(self, place: UserPlace) -> list[IssuedToken]:
        """List the user's tokens that are still stored, in the order in which they expire."""
        with translated():
            rows = self._tokens.find(_of(place), {"_id": 0}).sort("expires_at", 1)
            return [
                IssuedToken(
                    test=TestSlug(row["test"]),
                    paid=row["paid"],
                    spent=row["spent"],
                    expires_at=row["expires_at"],
                )
                async for row in rows
            ]

    async def remove_within(self, session: Session, place: UserPlace) -> list[AccessToken]:
        """Remove the user's tokens in the caller's transaction, and return them."""
        rows = self._tokens.find(_of(place), {"_id": 1}, session=session)
        tokens = [AccessToken(row["_id"]) async for row in rows]
        await self._tokens.delete_many({"_id": {"$in": tokens}}, session=session)
        return tokens


def _of(place: UserPlace) -> Document:
    return {"provider": place.provider, "sandbox": place.sandbox, "user_id": place.user_id}
