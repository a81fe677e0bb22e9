"""What holds for all tests. The cast of those that need a gateway is in tests/support/fixtures.py.

Tests that are marked `fast` are pure rules. `make test-fast` runs them alone, and then nothing of
the application is imported but what they test.
"""

import asyncio

import hypothesis
import pytest
import structlog
from structlog.contextvars import merge_contextvars

# A slow machine does not make a rule wrong, and 25 examples find what a hundred find.
hypothesis.settings.register_profile("tests", deadline=None, max_examples=25)
hypothesis.settings.load_profile("tests")


def pytest_configure(config: pytest.Config) -> None:
    """Load the fixtures of the application, unless only fast tests run."""
    if config.getoption("markexpr") != "fast":
        config.pluginmanager.import_plugin("tests.support.fixtures")


def pytest_sessionstart() -> None:
    """Let there be no current event loop: asked for one, asyncio makes one that nobody closes."""
    asyncio.set_event_loop(None)
    # Traces with all local variables, the default, take seconds of the loop that is under test.
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
