"""The faults of a cluster: each is caused, lasts for a while, and is healed."""

import asyncio
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tests.crash.stage import Stage
from tests.support.link import Link


@dataclass(frozen=True)
class Harm:
    """How long faults last, in seconds, and the source of random choices."""

    freeze_s: float
    """How long a primary is frozen or cut off; it is longer than the election timeout."""

    silence_s: tuple[float, float]
    """The shortest and the longest time of a silent network."""

    spoil_s: float
    """How long any other fault of the network lasts."""

    chance: random.Random


Strike = Callable[[Stage, Harm], Awaitable[None]]
"""Causes a fault; returns when it is healed."""


@dataclass(frozen=True)
class Fault:
    """A fault of the cluster.

    If it `elects`, the set has to elect a new primary. If it is `proxied`, it is a fault of the
    network. `make test` causes only those that are `always` caused, one of each kind.
    """

    name: str
    strike: Strike
    elects: bool = False
    proxied: bool = False
    always: bool = True


async def _step_down(stage: Stage, _harm: Harm) -> None:
    await stage.primary()
    await asyncio.to_thread(stage.replica_set.step_down)


async def _kill_primary(stage: Stage, _harm: Harm) -> None:
    primary = await stage.primary()
    await asyncio.to_thread(primary.kill)
    await stage.primary()
    await asyncio.to_thread(primary.start)


async def _freeze_primary(stage: Stage, harm: Harm) -> None:
    primary = await stage.primary()
    await asyncio.to_thread(primary.freeze)
    await asyncio.sleep(harm.freeze_s)
    await asyncio.to_thread(primary.thaw)


async def _kill_gateway(stage: Stage, harm: Harm) -> None:
    gateway = harm.chance.choice(stage.gateways)
    await asyncio.to_thread(gateway.kill)
    await asyncio.to_thread(gateway.start)


async def _kill_both(stage: Stage, harm: Harm) -> None:
    await asyncio.gather(_kill_primary(stage, harm), _kill_gateway(stage, harm))


async def _cut_off_primary(stage: Stage, harm: Harm) -> None:
    proxy = stage.proxy_of(await stage.primary())
    links = [proxy.clients, proxy.members]
    await _for_a_while(links, Link.silence, harm.freeze_s)


def _on_clients(what: Callable[[Link], None]) -> Strike:
    async def strike(stage: Stage, harm: Harm) -> None:
        links = [proxy.clients for proxy in stage.proxies]
        await _for_a_while(links, what, _seconds(what, harm))

    return strike


def _on_members(what: Callable[[Link], None]) -> Strike:
    async def strike(stage: Stage, harm: Harm) -> None:
        links = [proxy.members for proxy in stage.proxies]
        await _for_a_while(links, what, _seconds(what, harm))

    return strike


def _seconds(what: Callable[[Link], None], harm: Harm) -> float:
    return harm.chance.uniform(*harm.silence_s) if what is Link.silence else harm.spoil_s


async def _for_a_while(links: list[Link], what: Callable[[Link], None], seconds: float) -> None:
    for link in links:
        await asyncio.to_thread(what, link)
    try:
        await asyncio.sleep(seconds)
    finally:
        for link in links:
            await asyncio.to_thread(link.heal)


def _delay(link: Link) -> None:
    link.delay(0.020)


def _trickle(link: Link) -> None:
    link.trickle(50_000)


FAULTS = (
    Fault("primary steps down", _step_down, elects=True),
    Fault("primary killed", _kill_primary, elects=True),
    Fault("primary frozen", _freeze_primary, elects=True),
    Fault("gateway killed", _kill_gateway),
    Fault("primary and gateway killed", _kill_both, elects=True, always=False),
    Fault("primary cut off", _cut_off_primary, elects=True, proxied=True),
    Fault("20 ms to the database", _on_clients(_delay), proxied=True, always=False),
    Fault("database cuts", _on_clients(Link.cut), proxied=True),
    Fault("database silent", _on_clients(Link.silence), proxied=True),
    Fault("database trickles", _on_clients(_trickle), proxied=True, always=False),
    Fault("20 ms between members", _on_members(_delay), proxied=True),
    Fault("members cut", _on_members(Link.cut), proxied=True, always=False),
    Fault("members silent", _on_members(Link.silence), proxied=True, always=False),
    Fault("members trickle", _on_members(_trickle), proxied=True),
)
