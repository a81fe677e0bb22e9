"""What the database says about itself and about the agreement of its parts."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pymongo.errors import OperationFailure, PyMongoError

from storage.client import Client, Database, translated
from storage.indexes import missing_indexes
from storage.partners.ledger import LedgerStore
from storage.partners.providers import ProviderStore
from storage.partners.users import UserStore
from widget_gateway.domain.errors import StorageUnavailableError
from widget_gateway.domain.partners.providers import Caller


@dataclass(frozen=True, slots=True)
class AccessCounts:
    """A provider's accesses, counted three ways: they are equal, always."""

    provider: str
    counter: int
    ledger: int
    users: int


@dataclass(frozen=True, slots=True)
class SetConfiguration:
    """What of a replica set's configuration the waits of the gateway depend on.

    `voters` are the members that vote. `transaction_lifetime` is how long the server keeps locks
    of a transaction whose owner died. `source_wait` is how long a member asks a primary that hangs
    for news before it follows a new one, without which that one has no majority.
    """

    election_timeout: timedelta
    voters: int
    transaction_lifetime: timedelta
    source_wait: timedelta


class HealthStore:
    """Reads only."""

    def __init__(
        self,
        client: Client,
        database: Database,
        *,
        providers: ProviderStore,
        ledger: LedgerStore,
        users: UserStore,
    ) -> None:
        self._client = client
        self._database = database
        self._providers = providers
        self._ledger = ledger
        self._users = users

    async def ping(self) -> None:
        """Reach the primary.

        Raises:
            StorageUnavailableError: there is none.
        """
        with translated():
            await self._client.admin.command("ping")

    async def server_time(self) -> datetime:
        """The primary's clock."""
        with translated():
            hello = await self._client.admin.command("hello")
        moment: datetime = hello["localTime"]
        return moment.replace(tzinfo=UTC)  # commands are decoded without the zone

    async def server_version(self) -> str:
        """Such as `6.0.5`."""
        with translated():
            return str((await self._client.server_info())["version"])

    async def set_configuration(self) -> SetConfiguration | None:
        """The replica set's configuration; None where it may not be read, or of mongos."""
        lifetime = "transactionLifetimeLimitSeconds"
        restarts = "oplogFetcherSteadyStateMaxFetcherRestarts"
        buffer = "oplogNetworkTimeoutBufferSeconds"
        admin = self._client.admin
        try:
            config = (await admin.command("replSetGetConfig"))["config"]
            parameters = await admin.command(
                {"getParameter": 1, lifetime: 1, restarts: 1, buffer: 1}
            )
        except OperationFailure:
            return None
        except PyMongoError as error:
            raise StorageUnavailableError from error
        election = timedelta(milliseconds=config["settings"]["electionTimeoutMillis"])
        # The server waits for half the election timeout, 5 s at most, and the network's time.
        one_wait = min(election / 2, timedelta(seconds=5)) + timedelta(seconds=parameters[buffer])
        return SetConfiguration(
            election_timeout=election,
            voters=sum(member["votes"] for member in config["members"]),
            transaction_lifetime=timedelta(seconds=parameters[lifetime]),
            source_wait=one_wait * (1 + parameters[restarts]),
        )

    async def missing_indexes(self) -> list[str]:
        """Names, as `collection.index`."""
        return await missing_indexes(self._database)

    async def access_counts(self) -> list[AccessCounts]:
        """Count the live accesses of every provider, in the order of slugs."""
        return [
            AccessCounts(
                provider=provider.slug,
                counter=provider.access_count,
                ledger=await self._ledger.count(provider.slug),
                users=await self._users.count(Caller(provider, sandbox=False)),
            )
            for provider in await self._providers.list_all()
        ]
