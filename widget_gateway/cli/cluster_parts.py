"""The parts of the local cluster, their states, and what can be done to them."""

import asyncio
from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Protocol

from storage.mongod.member import Member, MemberState
from storage.mongod.replica_set import ReplicaSet
from widget_gateway.cli.children import Child
from widget_gateway.domain.errors import RefusalError


class State(StrEnum):
    """The state of a part. A member is in the state that the replica set reports."""

    PRIMARY = "primary"
    SECONDARY = "secondary"
    STARTING = "starting"
    RUNNING = "running"
    FROZEN = "frozen"
    DEAD = "dead"


class Act(StrEnum):
    """What can be done to a part."""

    START = "start"
    RESTART = "restart"
    KILL = "kill"
    FREEZE = "freeze"
    THAW = "thaw"
    STEP_DOWN = "step-down"


_ALIVE = (Act.KILL, Act.FREEZE, Act.RESTART)
ACTS: Mapping[State, Sequence[Act]] = {
    State.PRIMARY: (*_ALIVE, Act.STEP_DOWN),
    State.SECONDARY: _ALIVE,
    State.STARTING: _ALIVE,
    State.RUNNING: _ALIVE,
    State.FROZEN: (Act.THAW, Act.KILL),
    State.DEAD: (Act.START,),
}
"""What can be done to a part, by its state."""


class Part(Protocol):
    """A process of the cluster."""

    name: str
    address: str

    @property
    def pid(self) -> int | None:
        """The id of its process; None if none runs."""

    async def state(self) -> State:
        """The current state."""

    async def do(self, act: Act) -> None:
        """Do something that its state allows, and return when it is done."""


class MemberPart:
    """A member of the replica set."""

    def __init__(self, member: Member, replica_set: ReplicaSet) -> None:
        self.name = member.name
        self.address = str(member.socket)
        self._member = member
        self._replica_set = replica_set

    @property
    def pid(self) -> int | None:
        """The id of its process; None if none runs."""
        return self._member.pid

    async def state(self) -> State:
        """Ask the member for its state."""
        state: MemberState = await asyncio.to_thread(lambda: self._member.state)
        return State(state.value)

    async def do(self, act: Act) -> None:
        """Do it in a thread, since the calls of a member block."""
        member = self._member
        works = {
            Act.START: (member.start,),
            Act.RESTART: (member.stop, member.start),
            Act.KILL: (member.kill,),
            Act.FREEZE: (member.freeze,),
            Act.THAW: (member.thaw,),
            Act.STEP_DOWN: (self._replica_set.step_down,),
        }
        for work in works[act]:
            await asyncio.to_thread(work)


class ChildPart:
    """A gateway or the demo site."""

    def __init__(self, child: Child, address: str) -> None:
        self.name = child.name
        self.address = address
        self._child = child

    @property
    def pid(self) -> int | None:
        """The id of its process; None if none runs."""
        return self._child.pid

    async def state(self) -> State:
        """The state, which is known without asking the process."""
        if self._child.pid is None:
            return State.DEAD
        return State.FROZEN if self._child.is_frozen else State.RUNNING

    async def do(self, act: Act) -> None:
        """Do it to the process, which this command has started."""
        child = self._child
        match act:
            case Act.START:
                await child.start()
            case Act.RESTART:
                await child.stop()
                await child.start()
            case Act.KILL:
                await child.kill()
            case Act.FREEZE:
                child.freeze()
            case Act.THAW:
                child.thaw()


class UnknownPartError(RefusalError):
    """There is no such part, or no such act."""

    reason = "part_not_found"
    default_message = "There is no such part."


class NotNowError(RefusalError):
    """The state of the part does not allow that."""

    reason = "not_now"


class Parts:
    """All parts of the cluster. Only one thing at a time is done to each."""

    def __init__(self, parts: Sequence[Part]) -> None:
        self._parts = {part.name: part for part in parts}
        self._turns = {part.name: asyncio.Lock() for part in parts}

    async def states(self) -> dict[str, State]:
        """The states of all parts by name, in order."""
        states = await asyncio.gather(*(part.state() for part in self._parts.values()))
        return dict(zip(self._parts, states, strict=True))

    async def describe(self) -> dict[str, object]:
        """Describe all parts for the page: `{"primary": name or null, "parts": [...]}`."""
        states = await self.states()
        return {
            "primary": next((n for n, state in states.items() if state is State.PRIMARY), None),
            "parts": [
                {
                    "name": part.name,
                    "address": part.address,
                    "pid": part.pid,
                    "state": states[part.name],
                    "acts": list(ACTS[states[part.name]]),
                }
                for part in self._parts.values()
            ],
        }

    async def do(self, name: str, act: Act) -> None:
        """Do something to a part, and return when it is done.

        Raises:
            UnknownPartError: there is no such part.
            NotNowError: its state does not allow that.
            EmbeddedMongodError: a member could not be started.
            SettingsError: a gateway or the site could not be started.
        """
        part = self._parts.get(name)
        if part is None:
            raise UnknownPartError
        async with self._turns[name]:
            state = await part.state()
            if act not in ACTS[state]:
                raise NotNowError(f"{name} is {state}.")
            await part.do(act)
