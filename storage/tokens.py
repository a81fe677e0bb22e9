"""One-time access tokens (contract.md, `access/token`)."""

from dataclasses import dataclass
from datetime import datetime

from storage.client import Database, translated
from storage.transactions import Session
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


class TokenStore:
    """`_id` is the token as BSON binary UUID; a TTL index removes it when it has expired."""

    def __init__(self, database: Database) -> None:
        self._tokens = database["access_tokens"]

    async def issue(self, token: AccessToken, grant: TokenGrant, expires_at: datetime) -> None:
        """Store a new token."""
        with translated():
            await self._tokens.insert_one(
                {
                    "_id": token,
                    "provider": grant.provider,
                    "sandbox": grant.sandbox,
                    "user_id": grant.user_id,
                    "test": grant.test,
                    "paid": grant.paid,
                    "spent": False,
                    "expires_at": expires_at,
                }
            )

    async def claim_within(
        self,
        session: Session,
        token: AccessToken,
        provider: ProviderSlug,
        test: TestSlug,
        now: datetime,
    ) -> TokenGrant:
        """Spend the token inside the caller's transaction: once, whoever else presents it.

        Raises:
            TokenInvalidError: unknown, spent, expired, or for another provider or test.
        """
        row = await self._tokens.find_one_and_update(
            {
                "_id": token,
                "provider": provider,
                "test": test,
                "spent": False,
                "expires_at": {"$gt": now},  # the TTL index may be a minute late
            },
            {"$set": {"spent": True}},
            session=session,
        )
        if row is None:
            raise TokenInvalidError
        return TokenGrant(
            provider=provider,
            sandbox=row["sandbox"],
            user_id=UserId(row["user_id"]),
            test=test,
            paid=row["paid"],
        )
