"""What all stages of a rehearsal share: the site, the persons, and what is known so far."""

import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from playwright.sync_api import Error

from widget_gateway.rehearsal.browser import Browsers
from widget_gateway.rehearsal.device import Device
from widget_gateway.rehearsal.errors import ProbeFailedError, RehearsalRefusedError, StoryEndedError
from widget_gateway.rehearsal.findings import Findings
from widget_gateway.rehearsal.gateway import SandboxGateway
from widget_gateway.rehearsal.plan import Plan, Probe, person_of
from widget_gateway.rehearsal.relay import Relay
from widget_gateway.rehearsal.steps import do, look
from widget_gateway.rehearsal.traffic import Sent, Traffic
from widget_gateway.rehearsal.webhooks import WebhookSender

SETTLE_MS = 500
"""Milliseconds in which a site does what it does behind its answer."""

LOST_SHARE = 0.1
"""The share of the patience after which a page that shows another attempt, or none, will not find
this one: two seconds, unless told."""

RESTART_S = 60.0
"""Seconds that the command may take which restarts a gateway."""

ABSENT_S = 1.0
"""Seconds after which something that must not happen is taken as not happening."""


@dataclass(kw_only=True)
class Rehearsal:
    """A rehearsal of one page, and what its stages have found out."""

    url: str
    plan: Plan
    run: str
    gateway: SandboxGateway
    relay: Relay
    browsers: Browsers
    traffic: Traffic
    webhook: WebhookSender | None
    by_hand: bool
    by_hand_s: float
    tell: Callable[[str], None]
    screenshots: Path | None = None
    restart: tuple[str, ...] = ()
    findings: Findings = field(default_factory=Findings)
    session: str = ""
    resume_token: str = ""
    result_key: str = ""
    test: str = ""
    gate: int | None = None
    length: int = 0
    attach: Sent | None = None
    has_policy: bool = False
    uses_token: bool = False
    _devices: list[Device] = field(default_factory=list)

    @property
    def first(self) -> Device:
        """The device on which the first person takes the test."""
        return self._devices[0]

    @property
    def devices(self) -> list[Device]:
        """All devices that were opened."""
        return self._devices

    @property
    def signs_in(self) -> bool:
        """Whether the plan says how a person signs in."""
        return bool(self.plan.sign_in)

    def known_of(self, person: int) -> dict[str, str]:
        """What steps may name of a person and of the attempt."""
        about = person_of(self.plan, person, self.run) or {}
        return about | {"session": self.session, "result_key": self.result_key, "test": self.test}

    def has_person(self, person: int) -> bool:
        """Whether the plan tells of a first (0) or second (1) person that signs in."""
        return self.signs_in and person_of(self.plan, person, self.run) is not None

    def open_device(self, person: int | None, **options: object) -> Device:
        """Open a device on which this person has signed in; nobody for None.

        Raises:
            StoryEndedError: the person can't sign in.
        """
        device = self.browsers.device(**options)
        self._devices.append(device)
        if person is not None and self.signs_in and "storage_state" not in options:
            do(device, self.plan.sign_in, self.url, self.known_of(person))
        return device

    def open_with_cookies(self) -> Device:
        """Open a device with the cookies and the local storage of the first one."""
        return self.open_device(0, storage_state=self.first.context.storage_state())

    def open_as_first(self) -> Device:
        """Open another device of the first person, who signs in there if the plan says how."""
        return self.open_device(0) if self.signs_in else self.open_with_cookies()

    @contextmanager
    def outage(self) -> Iterator[None]:
        """Let the gateway be away during a block: cut off, or restarted by the given command.

        Raises:
            RehearsalRefusedError: the command can't be run.
        """
        if not self.restart:
            self.relay.cut()
            try:
                yield
            finally:
                self.relay.mend()
            return
        try:
            with subprocess.Popen(  # noqa: S603 - the person who rehearses gave it
                self.restart, stdin=subprocess.DEVNULL
            ) as command:
                yield
                command.wait(RESTART_S)
        except (OSError, subprocess.TimeoutExpired) as error:
            raise RehearsalRefusedError(f"The command of --restart: {error}") from None

    def look(self, probe: Probe) -> str:
        """Read a probe of the plan, as the first person."""
        return look(self.first, probe, self.url, self.known_of(0))

    def load(self, device: Device) -> None:
        """Load the rehearsed page and wait for the widget.

        Raises:
            StoryEndedError: the widget shows nothing.
        """
        try:
            device.open(self.url)
        except Error as error:
            raise StoryEndedError(error.message.partition("\n")[0]) from None
        if not device.shows_widget():
            raise StoryEndedError("no widget")

    def goes_on(self, device: Device) -> bool:
        """Wait until the page goes on with the attempt; return whether it does so by itself."""
        lost_since: float | None = None

        def is_settled() -> bool:
            nonlocal lost_since
            state = device.state()
            if state is None:
                return False
            if state["session"] == self.session:
                return bool(state["online"])
            is_lost = state["screen"] == "welcome" or (state["session"] and state["online"])
            now = time.monotonic()
            lost_since = (lost_since or now) if is_lost else None
            return lost_since is not None and now - lost_since > LOST_SHARE * device.patience_s

        device.until(is_settled)
        state = device.state() or {}
        return state.get("session") == self.session

    def rescue(self, device: Device) -> None:
        """Go on with the attempt where the page does not, so that the rest can be seen.

        Raises:
            StoryEndedError: it can't be continued.
        """
        if not self.resume_token or device.state() is None:
            raise StoryEndedError(f"shows: {device.screen()}")
        known = {"session": self.session, "resumeToken": self.resume_token}
        device.widget.evaluate("(widget, known) => void widget.resume(known)", known)
        if not self.goes_on(device):
            raise StoryEndedError(f"shows: {device.screen()}")

    def must_be_sandbox(self, session: str) -> None:
        """Check that an attempt is in the sandbox.

        Raises:
            RehearsalRefusedError: it is not.
        """
        if self.gateway.session(session) is None:
            raise RehearsalRefusedError(
                "The page's attempt is not in the sandbox of this key, so nothing more is done "
                "with it. Rehearse a page that uses the sandbox."
            )

    def picture(self, name: str) -> None:
        """Save a screenshot of the first device, if that is wanted."""
        if self.screenshots is None:
            return
        try:
            self.first.page.screenshot(path=self.screenshots / f"{name}.png", full_page=True)
        except Error as error:
            self.tell(f"{name}.png: {error.message.partition(chr(10))[0]}")

    @contextmanager
    def about(self, line: str, *, ends: bool = True) -> Iterator[None]:
        """Let a line fail where its block can't go on; with `ends` the story ends there, too."""
        try:
            yield
        except StoryEndedError as ended:
            self.findings.failed(line, str(ended))
            if ends:
                raise
        except ProbeFailedError as failed:
            self.findings.unseen(line, "probe-failed", str(failed))
        except Error as error:
            self.findings.failed(line, error.message.partition("\n")[0])
            if ends:
                raise StoryEndedError(str(error)) from None
