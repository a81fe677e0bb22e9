"""Lives: visitors who take a test on two devices while their networks fail at random."""

import asyncio
import json
import random
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import BrowserContext, Error, Page

from tests.browser.line import Network, Sockets
from tests.browser.questions import Definition, text
from tests.browser.sites import PROVIDER, HostPages, PartnerSite

SCRIPT = Path(__file__).with_name("life.js").read_text("utf-8")

STORM_S = 15.0
"""How long the networks of a life fail, in seconds: most lives end before."""

LIFE_S = 180.0
"""How long a life may take, in seconds. After the storm the longest wait of the widget is 30 s."""

FAULT_EVERY_S = 2.0
"""The mean time between two faults of a network, in seconds, so that a life has several."""

RESTLESS_S = 60.0
"""How long a visitor reloads the page and moves the element by whim, in seconds. Who never stops
leaves the widget no time to find out that no socket comes through, which takes it ten seconds."""

UNSTARTED_S = 4.0
"""After so many seconds without a widget a visitor reloads the page."""


def _question(number: int) -> Definition:
    """Write a question whose first word is its id."""
    name = f"q{number}"
    kind = ("option", "text", "checkbox", "gradient", "rating", "text")[number % 6]
    question: Definition = {"id": name, "type": kind, "text": text(name, name)}
    if kind == "text":
        question["fields"] = [{"input": "text"}, {"input": "number"}][: 1 + number % 2]
        if number % 6 == 5:
            skipped = f"{name} may be skipped"
            return question | {"forward": True, "text": text(skipped, skipped)}
        return question
    values = ["-2", "-1", "0", "1", "2"] if kind == "gradient" else ["a", "b", "c", "d"]
    question["options"] = [{"value": value, "text": text(value, value)} for value in values]
    return question | ({"count": 2} if kind == "checkbox" else {})


QUESTIONS = [_question(number) for number in range(1, 13)]
TESTS: dict[str, Definition] = {
    "life-free": {"access": "free"},
    "life-paid": {"access": "paid", "pause_after": 6},
}


def write_tests(directory: Path) -> None:
    """Write the tests that visitors take. JSON is YAML, too."""
    for slug, more in TESTS.items():
        definition = {"slug": slug, "title": text(slug, slug), "questions": QUESTIONS} | more
        (directory / f"{slug}.yaml").write_text(json.dumps(definition), "utf-8")


@dataclass
class Device:
    """A browser of its own behind a network of its own; it keeps its cache from life to life."""

    name: str
    context: BrowserContext
    network: Network
    page: Page | None = None
    loaded_at: float = 0.0
    openings: list[int] = field(default_factory=list)
    """The generations of the openings of a life's attempt on this device, in order."""


@dataclass
class Given:
    """An answer that a visitor gave on a device, in one of the attempt's openings there."""

    device: Device
    opening: int
    question: str
    value: list[str]

    @property
    def generation(self) -> int:
        """The generation of its opening, by which the protocol orders answers."""
        return self.device.openings[self.opening]


@dataclass
class Life:
    """A visitor takes a test from the welcome screen to its end."""

    name: str
    devices: list[Device]
    host: HostPages
    site: PartnerSite
    log: list[str] = field(default_factory=list)
    faults: list[str] = field(default_factory=list)
    given: list[Given] = field(default_factory=list)
    attempts: dict[str, str] = field(default_factory=dict)
    """The attempts that pages were told of, and their resume tokens."""

    finished: list[tuple[str, float, str]] = field(default_factory=list)
    """The device, when its page was loaded, and the result key of each end that was told."""

    is_paid: bool = False

    def __post_init__(self) -> None:
        """Draw what is decided once."""
        self.chance = random.Random(self.name)
        self.test = self.chance.choice(list(TESTS))
        self.active = self.devices[0]
        self.began_at = time.monotonic()

    async def run(self) -> None:
        """Live; what went wrong is in `faults` afterwards."""
        storms = [asyncio.create_task(self._storm(device)) for device in self.devices]
        try:
            async with asyncio.timeout(LIFE_S):
                await self._open(self.active)
                while not (self.finished or self.faults):
                    await asyncio.sleep(self.chance.uniform(0, 0.4))
                    await self._step()
                if not self.faults:
                    await self._check()
        except Error as error:
            self.faults.append(error.message)
        except TimeoutError:
            self.faults.append("it did not end")
            for device in self.devices:
                if device.page:
                    card = await device.page.evaluate(
                        "document.querySelector('test-widget')?.shadowRoot?.textContent ?? ''"
                    )
                    self._note(device, f"shows {card!r}")
        finally:
            for storm in storms:
                storm.cancel()
            await asyncio.gather(*storms, return_exceptions=True)
            for device in self.devices:
                self._calm(device.network)
                device.openings = []
                if device.page:
                    await device.page.close()
                    device.page = None

    def _note(self, device: Device, words: str) -> None:
        self.log.append(f"{time.monotonic() - self.began_at:6.2f} {device.name} {words}")

    # What the visitor does.

    async def _open(self, device: Device) -> None:
        identity = ""
        for session, token in self.attempts.items():
            identity = f'session="{session}" resume-token="{token}"'
        page = await device.context.new_page()
        device.page = page
        await page.expose_function("tell", self._listener(device))
        page.on("pageerror", lambda error: self.faults.append(f"{device.name}: {error}"))
        content = (
            f'<script type="module" src="{device.network.url}/static/widget/widget.js"></script>'
            f'<main><test-widget provider="{PROVIDER}" test="{self.test}" {identity}>'
            "</test-widget></main><section></section>"
        )
        address = self.host.add(f"/life/{self.name.replace(' ', '/')}/{device.name}", content)
        self._note(device, "opens the page")
        await self._load(device, page.goto(address, wait_until="commit"))

    async def _load(self, device: Device, load: Awaitable[Any]) -> None:
        device.loaded_at = time.monotonic()
        await load

    async def _reload(self, device: Device) -> None:
        assert device.page
        self._note(device, "reloads")
        try:
            await self._load(device, device.page.reload(wait_until="commit"))
        except Error as error:
            # Chromium is about to show the page of the last reload.
            if "Not attached to an active page" not in error.message:
                raise

    def _listener(self, device: Device) -> Callable[[str, dict[str, Any], float], None]:
        def hear(event: str, detail: dict[str, Any], load: float) -> None:
            self._note(device, f"hears {event} {detail}")
            if event == "start":
                self.attempts[detail["session"]] = detail["resumeToken"]
            elif event == "finish":
                self.finished.append((device.name, load, detail["resultKey"]))
            elif event == "token-needed" or (event == "error" and not detail["retryable"]):
                self.faults.append(f"{device.name} hears {event} {detail}")

        return hear

    async def _step(self) -> None:
        device = self.active
        assert device.page
        restless = time.monotonic() - self.began_at < RESTLESS_S
        luck = self.chance.uniform(0 if restless else 0.08, 1)
        if luck < 0.04:
            return await self._reload(device)
        look = await self._look(device)
        if look["screen"] == "nothing":
            if time.monotonic() - device.loaded_at > UNSTARTED_S:
                await self._reload(device)
            return None
        if luck < 0.08:
            self._note(device, "moves the element")
            return await device.page.evaluate("waits => move(waits)", self.chance.random() < 0.5)
        if luck < 0.14 and self.attempts:
            return await self._change_device()
        if look["screen"] == "question":
            return await self._take(device, look, luck)
        if look["screen"] == "pause" and not self.is_paid and luck > 0.5:
            self._note(device, "pays")
            self.is_paid = True
            await self._ask("payment/confirm")
        elif look["screen"] in {"welcome", "instruction", "trouble"}:
            pressed = await device.page.evaluate("press('start', 'resume', 'begin', 'retry')")
            if pressed:
                self._note(device, f"presses {pressed}")
        return None

    async def _look(self, device: Device) -> dict[str, Any]:
        """Look at the screen, and at what the tab remembers."""
        assert device.page
        look: dict[str, Any] = await device.page.evaluate("look()")
        device.openings = look["openings"]
        if look.get("session"):
            # The event of the start can be lost with a page that is loaded anew.
            self.attempts[look["session"]] = look["resumeToken"]
        return look

    async def _take(self, device: Device, look: dict[str, Any], luck: float) -> None:
        assert device.page
        other = next(each for each in self.devices if each is not device)
        late = (await self._look(other))["unsaved"] if other.page else 0
        if late == look["unsaved"] == 0 and self.given:
            # A visitor would only give a lost answer once more, so it is noticed before.
            await self._compare()
        # The last answer ends the test. Before, the visitor lets the other device send its own.
        if late and look["answered"] + late >= len(QUESTIONS) - 1:
            if look["unsaved"] == 0:
                await self._change_device()
            return
        choices = [self.chance.random() for _ in range(12)]
        if luck < 0.2:
            await device.page.evaluate("press('back')")
        elif luck < 0.25:
            await device.page.evaluate("choices => sketch(choices)", choices)
        else:
            answer = await device.page.evaluate("choices => answer(choices)", choices)
            self._note(device, f"answers {answer}")
            if not answer:
                return
            if not answer["agreed"]:
                self.faults.append(f"{device.name}: the page was told otherwise: {answer}")
            if answer["news"]:
                place = (device, answer["opening"])
                self.given.append(Given(*place, answer["question"], answer["value"]))

    async def _change_device(self) -> None:
        self.active = next(each for each in self.devices if each is not self.active)
        self._note(self.active, "is taken")
        if not self.active.page:
            await self._open(self.active)

    # What the networks do.

    async def _storm(self, device: Device) -> None:
        chance = random.Random(f"{self.name} {device.name}")
        network = device.network
        network.sockets = chance.choice([*[Sockets.PASS] * 3, Sockets.REFUSED, Sockets.SILENT])
        faults = [self._cut, self._refuse, self._swallow, self._slow, self._narrow, self._change]
        with suppress(TimeoutError):
            async with asyncio.timeout(STORM_S):
                while True:
                    await asyncio.sleep(chance.expovariate(1 / FAULT_EVERY_S))
                    fault = chance.choice(faults)
                    self._note(device, f"network: {fault.__name__.strip('_')}")
                    await fault(network, chance)
                    self._note(device, "network: calm")
                    self._calm(network)
                    if chance.random() < 0.6:
                        await self._tell_online(device)
        self._calm(network)
        await self._tell_online(device)

    @staticmethod
    def _calm(network: Network) -> None:
        network.hole = network.refused = False
        network.delay_s = network.rate = 0

    @staticmethod
    async def _tell_online(device: Device) -> None:
        # The page may just be loaded anew.
        with suppress(Error):
            if device.page:
                await device.page.evaluate("void dispatchEvent(new Event('online'))")

    @staticmethod
    async def _cut(network: Network, _: random.Random) -> None:
        network.cut()

    @staticmethod
    async def _refuse(network: Network, chance: random.Random) -> None:
        network.refused = True
        network.cut()
        await asyncio.sleep(chance.uniform(0.1, 4))

    @staticmethod
    async def _swallow(network: Network, chance: random.Random) -> None:
        network.hole = True
        await asyncio.sleep(chance.uniform(0.1, 6))

    @staticmethod
    async def _slow(network: Network, chance: random.Random) -> None:
        network.delay_s = chance.uniform(0.05, 1)
        await asyncio.sleep(chance.uniform(1, 5))

    @staticmethod
    async def _narrow(network: Network, chance: random.Random) -> None:
        network.rate = chance.randrange(500, 20_000)
        await asyncio.sleep(chance.uniform(1, 5))

    @staticmethod
    async def _change(network: Network, chance: random.Random) -> None:
        network.sockets = chance.choice(list(Sockets))
        network.cut()

    # What has to be true.

    async def _ask(self, endpoint: str) -> Any:
        """Call the partner API for this attempt."""
        return await asyncio.to_thread(self.site.ask, endpoint, session=next(iter(self.attempts)))

    async def _compare(self) -> None:
        """Compare what the partner reads with what was given; both have to be settled."""
        in_turn = sorted(self.given, key=lambda answer: answer.generation)
        expected = {answer.question: answer.value for answer in in_turn}
        body = await self._ask("session/get")
        ids = [question["id"] for question in QUESTIONS]
        in_order = [[name, expected[name]] for name in ids if name in expected]
        if body["answers"] != in_order:
            self.faults.append(f"stored: {body['answers']}\n given: {in_order}")

    async def _check(self) -> None:
        for device in self.devices:
            if device.page:
                await self._look(device)
        await self._compare()
        if len(self.attempts) != 1:
            self.faults.append(f"there are {len(self.attempts)} attempts")
        ends = [(name, load) for name, load, _ in self.finished]
        keys = {key for _, _, key in self.finished}
        if len(ends) != len(set(ends)) or len(keys) != 1 or not all(keys):
            self.faults.append(f"ends: {self.finished}")
