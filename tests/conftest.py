"""Settings of all tests. The fixtures of a gateway are in tests/support/fixtures.py.

Tests that are marked `fast` test pure rules. `make test-fast` runs them alone, and then nothing of
the application is imported except the rules.
"""

import asyncio
import os
import random
import subprocess
import sys
from collections import defaultdict

import hypothesis
import pytest
import structlog
from structlog.contextvars import merge_contextvars

# A slow machine does not make a rule wrong, so examples have no deadline. 25 examples a test have
# found the same faults as 100.
hypothesis.settings.register_profile("tests", deadline=None, max_examples=25)
hypothesis.settings.load_profile("tests")


TEST_TIMEOUT_S = 180.0
"""How long an asynchronous test may take, in seconds. It is longer than any wait inside a test, so
that the wait fails first and says what it waited for."""

SEED = os.environ.setdefault("TEST_SEED", str(random.randrange(2**32)))
"""The seed of all random choices of this run; it is inherited by the processes of xdist."""


MAKER = pytest.StashKey["subprocess.Popen[bytes]"]()
"""The process that makes the dictionary of spelling."""

_MAKE_DICTIONARY = """
import sys
from pathlib import Path
from widget_gateway.services.spelling.dictionary import load_dictionary
load_dictionary(Path(sys.argv[1]))
"""


@pytest.hookimpl(tryfirst=True)
def pytest_configure(config: pytest.Config) -> None:
    """Set what all tests share; load the fixtures of the application, unless only fast tests run.

    It runs before the plugin of Hypothesis reads its option.
    """
    config.option.async_test_timeout = TEST_TIMEOUT_S
    if config.option.hypothesis_seed is None:
        config.option.hypothesis_seed = SEED
    if config.getoption("markexpr") != "fast":
        config.pluginmanager.import_plugin("tests.support.fixtures")


MANY_CASES = 8
"""The number of cases from which a run takes only some of a parametrized test that is not fast.
Such cases differ in a value only, and each of them needs a gateway."""


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave most of the tests that are many alike to other runs, if all tests run at once.

    A run takes half of the cases of a test that is marked as `sampled`, or as many as the marker's
    `taken` says, and a quarter of MANY_CASES or more, at least four. Each run draws them anew; all
    processes of xdist draw the same ones. EVERY_CASE=1 takes all.
    """
    if "EVERY_CASE" in os.environ or not hasattr(config, "workerinput"):
        return
    cases: defaultdict[str, list[pytest.Item]] = defaultdict(list)
    for item in items:
        cases[_test_of(item)].append(item)
    left_out: set[pytest.Item] = set()
    for test, alike in cases.items():
        if sampled := alike[0].get_closest_marker("sampled"):
            taken = sampled.kwargs.get("taken", max(1, len(alike) // 2))
        elif len(alike) >= MANY_CASES and not alike[0].get_closest_marker("fast"):
            taken = max(MANY_CASES // 2, len(alike) // 4)
        else:
            continue
        draw = random.Random(f"{SEED} {test}")
        left_out.update(draw.sample(alike, len(alike) - taken))
    items[:] = [item for item in items if item not in left_out]


def _test_of(item: pytest.Item) -> str:
    """Return the id of the test of which this item is a case."""
    return item.nodeid.partition("[")[0]


def pytest_sessionstart(session: pytest.Session) -> None:
    """Unset the current event loop: asyncio would make one, and nobody would close it.

    Several processes will soon need the dictionary of spelling, and one has to make it for all.
    """
    asyncio.set_event_loop(None)
    config = session.config
    is_first = bool(config.getoption("numprocesses", 0)) and not hasattr(config, "workerinput")
    if is_first and config.getoption("markexpr") != "fast" and not config.option.collectonly:
        config.stash[MAKER] = subprocess.Popen(
            [sys.executable, "-c", _MAKE_DICTIONARY, str(config.cache.mkdir("data"))]
        )
    # By default a traceback shows all local variables, which blocks the tested loop for seconds.
    structlog.configure(
        processors=[
            merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso"),
            structlog.dev.ConsoleRenderer(
                colors=False, exception_formatter=structlog.dev.plain_traceback
            ),
        ]
    )


@pytest.fixture
def chance(request: pytest.FixtureRequest) -> random.Random:
    """A source of random choices; a failure prints the seed that makes the test repeat them."""
    sys.stdout.write(f"TEST_SEED={SEED}\n")
    return random.Random(f"{SEED} {request.node.nodeid}")


@pytest.hookimpl(trylast=True)
def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Name a test as soon as it fails, so that a run that is ended early has said what failed."""
    if report.failed and "PYTEST_XDIST_WORKER" not in os.environ:
        why = getattr(getattr(report.longrepr, "reprcrash", None), "message", "")
        first_line = why.partition("\n")[0][:300]
        sys.stderr.write(f"\n{report.when} of {report.nodeid} failed: {first_line}\n")
        sys.stderr.flush()


def pytest_sessionfinish(session: pytest.Session) -> None:
    """End the process that makes the dictionary, which nobody may have needed."""
    maker = session.config.stash.get(MAKER, None)
    if maker is not None:
        maker.terminate()
        maker.wait()


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    """Print the seed of a run that failed; it also repeats the examples of Hypothesis."""
    if exitstatus == pytest.ExitCode.TESTS_FAILED:
        terminalreporter.write_line(f"TEST_SEED={SEED} repeats the random choices of this run.")
