"""How soon a slow phone shows the widget: `make bench-widget`, or `--help`.

A real Chromium with a CPU that is four times slower opens a page with the widget, on another origin
than the gateway, with an empty cache. The line is slow in two ways: by the browser's own throttle,
and by a proxy that also delays real handshakes (phone_line.py). docs/performance.md explains the
numbers.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from phone_line import BYTES_PER_S, RTT_S, Downlink, PhoneLine
from playwright.sync_api import Browser, Page, sync_playwright

sys.path.append(str(Path(__file__).parents[1]))  # The processes and pages are those of the tests.
from tests.browser.sites import HostPages
from tests.support.installation import install, run_from
from tests.support.processes import Gateway
from widget_gateway.services.catalogue.files import bundled_directory

PROVIDER, TEST = "bench", "career-interests"

CPU_FACTOR = 4
"""How many times slower the CPU of the phone is, as in Lighthouse."""

UPLOAD_BYTES_PER_S = 750_000 / 8
"""The rate of the uplink in the browser's own throttle."""

GOAL_MS = 900
"""The goal: milliseconds from a reload to the question."""

SCRIPT_BYTES = 24 * 1024
"""The size of the script of the page that is compared: all that the widget may load."""

ANSWERS = 3
"""Questions that are answered before the page is reloaded."""

LAUNCH = ("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking")

WATCH = """
const marks = (window.marks = {});
const note = (name) => {
  const { port1, port2 } = new MessageChannel();
  port2.onmessage = () => (marks[name] ??= performance.now()); // after the frame was painted
  port1.postMessage(null);
};
const look = () => {
  const root = document.querySelector('test-widget')?.shadowRoot;
  if (root?.querySelector('[part=question]')) note('question');
  if (root?.querySelector('[data-action=start]')) note('welcome');
  if (document.querySelector('#printed')) note('printed');
  requestAnimationFrame(look);
};
look();
addEventListener('click', ({ timeStamp }) => (marks.tap ??= timeStamp), { capture: true });
"""
"""Notes when the screens were painted, in milliseconds since the navigation began."""


@dataclass(frozen=True, kw_only=True)
class Line:
    """A way to slow the network down. `urls` has the servers' addresses behind it."""

    name: str
    throttle: bool
    proxies: tuple[PhoneLine, ...]
    gateways: dict[str, str]
    host: str


class Phone:
    """A tab of a fresh browser context, on a line that is fast until `slow_down`."""

    def __init__(self, browser: Browser, line: Line) -> None:
        self._line = line
        for proxy in line.proxies:
            proxy.slow = False
        self._context = browser.new_context(
            locale="en-US", viewport={"width": 390, "height": 844}, reduced_motion="reduce"
        )
        self.page: Page = self._context.new_page()
        self.page.add_init_script(WATCH)
        self._tools = self._context.new_cdp_session(self.page)
        self._tools.send("Network.enable")

    def slow_down(self) -> None:
        """Slow the line and the CPU down, with no connection and an empty cache."""
        self.page.goto("about:blank")
        self._tools.send("Network.clearBrowserCache")
        for proxy in self._line.proxies:
            proxy.cut()
            proxy.slow = True
        if self._line.throttle:
            self._tools.send(
                "Network.emulateNetworkConditions",
                {
                    "offline": False,
                    "latency": RTT_S * 1000,
                    "downloadThroughput": BYTES_PER_S,
                    "uploadThroughput": UPLOAD_BYTES_PER_S,
                },
            )
        self._tools.send("Emulation.setCPUThrottlingRate", {"rate": CPU_FACTOR})

    def open(self, path: str) -> None:
        """Go to a page of the host's."""
        self.page.goto(self._line.host + path, wait_until="commit")

    def mark(self, name: str) -> float:
        """Wait until something was painted; return when, in milliseconds."""
        self.page.wait_for_function("(name) => name in window.marks", arg=name, polling=100)
        value: float = self.page.evaluate("(name) => window.marks[name]", name)
        return value

    def close(self) -> None:
        """Close the tab, and let the line be fast again."""
        self._context.close()


Measurement = Callable[[Phone, str], dict[str, float]]


def reload(phone: Phone, page: str) -> dict[str, float]:
    """Open a page in whose tab an attempt runs."""
    widget = phone.page.locator("test-widget")
    phone.open(page)
    widget.get_by_role("button", name="Start the test").click()
    for number in range(1, ANSWERS + 1):
        widget.get_by_text(f"Question {number} of").wait_for()
        widget.get_by_role("radio").first.click()
    widget.get_by_text("Saved").wait_for()
    phone.slow_down()
    phone.open(page)
    return {"reload: question": phone.mark("question")}


def visit(phone: Phone, page: str) -> dict[str, float]:
    """Open a page for the first time, read the welcome for two seconds, and start."""
    phone.slow_down()
    phone.open(page)
    welcome = phone.mark("welcome")
    phone.page.wait_for_timeout(2_000)
    phone.page.locator("test-widget").get_by_role("button", name="Start the test").click()
    return {
        "visit: welcome": welcome,
        "start: question": phone.mark("question") - phone.mark("tap"),
    }


def baseline(phone: Phone, page: str) -> dict[str, float]:
    """Open the bare page whose script writes a line."""
    phone.slow_down()
    phone.open(page)
    return {"bare page": phone.mark("printed")}


def bundle(folder: Path) -> None:
    """Make the bundle in a copy of the gateway."""
    binaries = Path(sys.executable).parent
    node = shutil.which("node", path=f"{binaries}{os.pathsep}{os.environ['PATH']}")
    assert node, "there is no node to make the bundle with"
    modules = str(Path(sys.prefix) / "typescript" / "node_modules")
    environment = {"NODE_PATH": modules} | os.environ
    script = str(folder / "static" / "bundle.cjs")
    subprocess.run([node, script], env=environment, check=True, capture_output=True)


@contextmanager
def gateway(folder: Path, *, bundled: bool, origins: list[str]) -> Iterator[Gateway]:
    """Run a copy of the gateway, with or without the bundle."""
    folder.mkdir()
    copy = install(folder / "copy", {})
    if bundled:
        bundle(copy)
    process = run_from(Gateway(folder / "data"), copy)
    process.start()
    try:
        process.command("test", "import", str(bundled_directory()))
        create = ("provider", "create", "--slug", PROVIDER, "--name", "Benchmark")
        process.command(*create, *(part for origin in origins for part in ("--origin", origin)))
        yield process
    finally:
        process.stop()


@contextmanager
def lines(directory: Path) -> Iterator[list[Line]]:
    """Start the servers and the proxies before them."""
    with ExitStack() as stack:
        host = HostPages()
        stack.callback(host.stop)
        downlink = Downlink()
        host_proxy = stack.enter_context(PhoneLine(host.url, downlink))
        origins = [host.url, host_proxy.url]
        direct, proxied, proxies = {}, {}, [host_proxy]
        for name in ("bundle", "modules"):
            running = stack.enter_context(
                gateway(directory / name, bundled=name == "bundle", origins=origins)
            )
            proxy = stack.enter_context(PhoneLine(running.url, downlink))
            proxies.append(proxy)
            direct[name], proxied[name] = running.url, proxy.url
        found = [
            Line(name="throttle", throttle=True, proxies=(), gateways=direct, host=host.url),
            Line(
                name="proxy",
                throttle=False,
                proxies=tuple(proxies),
                gateways=proxied,
                host=host_proxy.url,
            ),
        ]
        for line in found:
            write_pages(host, line)
        yield found


def write_pages(host: HostPages, line: Line) -> None:
    """Write the pages of a line: one with each gateway's widget, and the bare one."""
    for name, url in line.gateways.items():
        host.add(
            f"/{line.name}/{name}",
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'<script type="module" src="{url}/static/widget/widget.js"></script>'
            f'<test-widget provider="{PROVIDER}" test="{TEST}"></test-widget>',
        )
    written = "document.body.append(Object.assign(document.createElement('p'), {id: 'printed'}));"
    script = f"{written}//".ljust(SCRIPT_BYTES, "-")
    host.add_file(f"/{line.name}/bare.js", script, "text/javascript")
    host.add(f"/{line.name}/bare", f'<script type="module" src="/{line.name}/bare.js"></script>')


def measure(browser: Browser, found: list[Line], rounds: int) -> dict[tuple[str, str], list[float]]:
    """Take everything by turns, so that a busy moment affects all."""
    turns: list[tuple[Measurement, str]] = [
        (baseline, "bare"),
        *((way, page) for way in (reload, visit) for page in ("bundle", "modules")),
    ]
    times: dict[tuple[str, str], list[float]] = {}
    for turn in range(rounds):
        for line in found:
            for way, page in turns:
                phone = Phone(browser, line)
                try:
                    told = way(phone, f"/{line.name}/{page}")
                finally:
                    phone.close()
                for what, value in told.items():
                    times.setdefault((f"{what}, {page}", line.name), []).append(value)
        print(f"  round {turn + 1} of {rounds}", file=sys.stderr, flush=True)
    return times


def report(times: dict[tuple[str, str], list[float]], names: list[str]) -> bool:
    """Print the medians and their ratio to the bare page; return whether the goal is reached."""
    bare = {name: median(times["bare page, bare", name]) for name in names}
    print(f"{'milliseconds, and times the bare page':40}" + "".join(f"{n:>24}" for n in names))
    for what in dict.fromkeys(what for what, _ in times):
        cells = []
        for name in names:
            values = times[what, name]
            middle = median(values)
            cells.append(
                f"{middle:>8,.0f} {middle / bare[name]:>5.2f} x"
                f" {f'{min(values):,.0f}-{max(values):,.0f}':>13}"
            )
        print(f"{what:40}" + "".join(cells))
    return all(median(times["reload: question, bundle", name]) <= GOAL_MS for name in names)


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=9, help="turns of each measurement (9)")
    rounds: int = parser.parse_args().rounds
    chromium = shutil.which("chromium-headless-shell") or shutil.which("chromium")
    assert chromium, "this needs Chromium: `make system` installs it"
    options: dict[str, Any] = {"executable_path": chromium, "args": list(LAUNCH)}
    with (
        tempfile.TemporaryDirectory(prefix="wg-bench-") as directory,
        lines(Path(directory)) as found,
        sync_playwright() as playwright,
        playwright.chromium.launch(**options) as browser,
    ):
        times = measure(browser, found, rounds)
    print(f"medians of {rounds}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    reached = report(times, [line.name for line in found])
    print(
        f"a reload with the bundle within {GOAL_MS} ms: {'reached' if reached else 'NOT REACHED'}"
    )


if __name__ == "__main__":
    main()
