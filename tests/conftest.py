"""Settings of all tests. The fixtures of a gateway are in tests/support/fixtures.py.

Tests that are marked `fast` test pure rules. `make test-fast` runs them alone, and then nothing of
the application is imported except the rules.
"""

import asyncio
import os
import random
import sys

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


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave a random half of the `sampled` tests to other runs, if all tests run side by side.

    All processes of xdist draw the same ones. EVERY_CASE=1 takes all.
    """
    if "EVERY_CASE" in os.environ or not hasattr(config, "workerinput"):
        return

    def is_left_out(item: pytest.Item) -> bool:
        is_drawn = random.Random(f"{SEED} {item.nodeid}").random() < 1 / 2
        return is_drawn and item.get_closest_marker("sampled") is not None

    items[:] = [item for item in items if not is_left_out(item)]


def pytest_sessionstart() -> None:
    """Unset the current event loop: asyncio would make one, and nobody would close it."""
    asyncio.set_event_loop(None)
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


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
    """Print the seed of a run that failed; it also repeats the examples of Hypothesis."""
    if exitstatus == pytest.ExitCode.TESTS_FAILED:
        terminalreporter.write_line(f"TEST_SEED={SEED} repeats the random choices of this run.")
