"""What `doctor` and the readiness check read of the database."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from pymongo.errors import OperationFailure, PyMongoError

from storage.client import Client, Database, translated
from storage.indexes import missing_indexes
from storage.migrations import MigrationStore, Progress
from storage.partners.ledger import LedgerStore
from storage.partners.providers import ProviderStore
from storage.partners.users import UserStore
from widget_gateway.domain.errors import StorageUnavailableError
from widget_gateway.domain.partners.providers import Caller


@dataclass(frozen=True, slots=True)
class AccessCounts:
    """The number of a provider's live accesses by three sources, which always agree.

    `erased` is how many of those in the ledger were of users that were erased since.
    """

    provider: str
    counter: int
    ledger: int
    users: int
    erased: int


@dataclass(frozen=True, slots=True)
class SetConfiguration:
    """The part of a replica set's configuration that decides how long the gateway has to wait.

    `voters` is the number of members that vote. `transaction_lifetime` is how long the server keeps
    the locks of a transaction whose client died. `source_wait` is how long a secondary goes on
    reading from a primary that hangs before it follows a new primary. Until enough members follow
    it, the new primary has no majority.
    """

    election_timeout: timedelta
    voters: int
    transaction_lifetime: timedelta
    source_wait: timedelta


class HealthStore:
    """Reads what the health of the gateway depends on. It writes nothing."""

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
        self._migrations = MigrationStore(database)
        self._providers = providers
        self._ledger = ledger
        self._users = users

    async def ping(self) -> None:
        """Ask the primary for an answer.

        Raises:
            StorageUnavailableError: no primary can be reached.
        """
        with translated():
            await self._client.admin.command("ping")

    async def server_time(self) -> datetime:
        """Read the clock of the primary."""
        with translated():
            hello = await self._client.admin.command("hello")
        moment: datetime = hello["localTime"]
        return moment.replace(tzinfo=UTC)  # The driver decodes a command's times without a zone.

    async def server_version(self) -> str:
        """Read the version of the server, such as `6.0.5`."""
        with translated():
            return str((await self._client.server_info())["version"])

    async def set_configuration(self) -> SetConfiguration | None:
        """Read the replica set's configuration.

        None where the database user may not read it, or where the server is a mongos.
        """
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
        # The server waits for half of the election timeout, but at most 5 s, plus the buffer.
        one_wait = min(election / 2, timedelta(seconds=5)) + timedelta(seconds=parameters[buffer])
        return SetConfiguration(
            election_timeout=election,
            voters=sum(member["votes"] for member in config["members"]),
            transaction_lifetime=timedelta(seconds=parameters[lifetime]),
            source_wait=one_wait * (1 + parameters[restarts]),
        )

    async def members(self) -> dict[str, bool] | None:
        """Tell of each member of the replica set, by its address, whether it can be reached.

        None where the database user may not read it, or where the server is a mongos.
        """
        try:
            status = await self._client.admin.command("replSetGetStatus")
        except OperationFailure:
            return None
        except PyMongoError as error:
            raise StorageUnavailableError from error
        return {member["name"]: member["health"] == 1 for member in status["members"]}

    async def migration(self) -> Progress:
        """Tell how far the migration of the former version's data is."""
        return await self._migrations.progress()

    async def missing_indexes(self) -> list[str]:
        """List the indexes that are missing, each as `collection.index`."""
        return await missing_indexes(self._database)

    async def access_counts(self) -> list[AccessCounts]:
        """Count the live accesses of every provider, in the order of slugs."""
        return [
            AccessCounts(
                provider=provider.slug,
                counter=provider.access_count,
                ledger=await self._ledger.count(provider.slug),
                users=await self._users.count(Caller(provider, sandbox=False)),
                erased=await self._ledger.count_erased(provider.slug),
            )
            for provider in await self._providers.list_all()
        ]
