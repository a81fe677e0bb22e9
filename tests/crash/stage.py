"""A cluster of three members and two gateways, whose parts the tests kill and freeze."""

import asyncio
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from storage.mongod.member import Member, MemberState
from storage.mongod.replica_set import ReplicaSet
from tests.support.link import Link
from tests.support.processes import Gateway
from tests.support.proxy import Network, Proxy
from tests.support.waiting import until
from widget_gateway.services.catalogue.files import bundled_directory

PROVIDER = "college"
DATABASE = "stage"


@dataclass(frozen=True)
class Stage:
    """The running parts; there are no `proxies` if members are reached directly."""

    replica_set: ReplicaSet
    gateways: list[Gateway]
    proxies: list[Proxy]
    client_key: str

    async def primary(self) -> Member:
        """Wait for a primary; return it."""
        return await asyncio.to_thread(self.replica_set.wait_for_primary)

    def proxy_of(self, member: Member) -> Proxy:
        """Return the proxy of a member."""
        return self.proxies[self.replica_set.members.index(member)]

    @property
    def links(self) -> list[Link]:
        """All links through all proxies."""
        return [link for proxy in self.proxies for link in (proxy.clients, proxy.members)]

    async def whole(self) -> None:
        """Wait until all members follow one primary."""
        expected = [MemberState.PRIMARY, MemberState.SECONDARY, MemberState.SECONDARY]

        def is_whole() -> bool:
            return sorted(member.state for member in self.replica_set.members) == expected

        async def look() -> bool:
            return await asyncio.to_thread(is_whole)

        await until(look)


@contextmanager
def running_stage(
    directory: Path, *, election_timeout_ms: int, proxied: bool, dictionary: Path
) -> Iterator[Stage]:
    """Start all parts for a `with` block.

    `dictionary` is a data directory whose dictionary of spelling the gateways share.
    """
    with ExitStack() as stack:
        proxies: list[Proxy] = []
        if proxied:
            network = stack.enter_context(Network())
            proxies = [network.add() for _ in range(3)]
        replica_set = ReplicaSet(
            directory / "set",
            election_timeout_ms=election_timeout_ms,
            addresses=[proxy.address for proxy in proxies] or None,
        )
        for proxy, member in zip(proxies, replica_set.members, strict=proxied):
            proxy.target = member.socket
        stack.enter_context(replica_set)
        gateways = [_gateway(directory / f"node-{n}", replica_set, dictionary) for n in (1, 2)]
        gateways[0].command("test", "import", str(bundled_directory()))
        create = ("provider", "create", "--slug", PROVIDER, "--name", "College")
        policy = ("--allow-no-origin", "--policy", "postpaid", "--test-policy", "unlimited")
        keys = gateways[0].command(*create, *policy)
        for gateway in gateways:
            gateway.start()
            stack.callback(gateway.stop)
        yield Stage(replica_set, gateways, proxies, keys["client_key"])


def _gateway(data_dir: Path, replica_set: ReplicaSet, dictionary: Path) -> Gateway:
    return Gateway(
        data_dir,
        MONGODB_URI=replica_set.uri,
        DATABASE=DATABASE,
        JWT_SECRET="JWT secret of the stage, 32 bytes",
        PIN_PEPPER="PIN pepper of the stage, 32 bytes",
    ).with_dictionary(dictionary)
