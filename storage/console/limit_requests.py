"""New limits of providers that wait for a second admin; a provider has one at most."""

from datetime import datetime
from uuid import UUID

from storage import transactions
from storage.client import Client, Database, Document, translated
from storage.partners.providers import ProviderStore
from storage.transactions import Session
from widget_gateway.domain.console.limits import WAITS_FOR, Limit, LimitRequest
from widget_gateway.domain.errors import LimitRequestVoidError
from widget_gateway.domain.ids import AccountId, ProviderSlug
from widget_gateway.domain.partners.providers import PaymentPolicy


def _request_from(row: Document) -> LimitRequest:
    return LimitRequest(
        id=row["request"],
        provider=ProviderSlug(row["_id"]),
        before=_limit_from(row["before"]),
        after=_limit_from(row["after"]),
        account=AccountId(row["account"]),
        login=row["login"],
        asked_at=row["asked_at"],
    )


def _limit_from(row: Document) -> Limit:
    return Limit(
        payment_policy=PaymentPolicy(row["payment_policy"]),
        access_limit=row["access_limit"],
        overdraft=row["overdraft"],
    )


def _fields(limit: Limit) -> Document:
    """Make the fields of a limit, which have the same names in the documents of providers."""
    return {
        "payment_policy": limit.payment_policy.value,
        "access_limit": limit.access_limit,
        "overdraft": limit.overdraft,
    }


class LimitRequestStore:
    """Requests by provider. A new one replaces the one that waits."""

    def __init__(self, client: Client, database: Database, providers: ProviderStore) -> None:
        self._client = client
        self._requests = database["limit_requests"]
        self._providers = providers

    async def put(self, request: LimitRequest) -> None:
        """Store a request."""
        row = {
            "_id": request.provider,
            "request": request.id,
            "before": _fields(request.before),
            "after": _fields(request.after),
            "account": request.account,
            "login": request.login,
            "asked_at": request.asked_at,
            "expires_at": request.asked_at + WAITS_FOR,
        }
        with translated():
            await self._requests.replace_one({"_id": request.provider}, row, upsert=True)

    async def find(self, provider: ProviderSlug, now: datetime) -> LimitRequest | None:
        """Find the request of a provider that waits."""
        with translated():
            row = await self._requests.find_one({"_id": provider, "expires_at": {"$gt": now}})
        return _request_from(row) if row else None

    async def list_waiting(self, now: datetime, most: int) -> list[LimitRequest]:
        """List requests that wait, by provider."""
        with translated():
            found = self._requests.find({"expires_at": {"$gt": now}}).sort("_id", 1).limit(most)
            return [_request_from(row) async for row in found]

    async def remove(self, provider: ProviderSlug, request: UUID) -> LimitRequest:
        """Remove a request that waits.

        Raises:
            LimitRequestVoidError: it does not wait any more.
        """
        with translated():
            row = await self._requests.find_one_and_delete({"_id": provider, "request": request})
        if row is None:
            raise LimitRequestVoidError
        return _request_from(row)

    async def confirm(
        self, provider: ProviderSlug, request: UUID, by: AccountId, now: datetime
    ) -> LimitRequest:
        """Set the new limit and remove the request; atomic.

        Raises:
            LimitRequestVoidError: it does not wait any more, `by` has asked for it, or the limit
                has changed meanwhile.
        """
        wanted = {
            "_id": provider,
            "request": request,
            "account": {"$ne": by},
            "expires_at": {"$gt": now},
        }

        async def work(session: Session) -> LimitRequest:
            row = await self._requests.find_one_and_delete(wanted, session=session)
            if row is None:
                raise LimitRequestVoidError
            found = _request_from(row)
            before, after = _fields(found.before), _fields(found.after)
            if not await self._providers.set_limit_within(session, provider, before, after):
                raise LimitRequestVoidError
            return found

        return await transactions.run(self._client, work)
