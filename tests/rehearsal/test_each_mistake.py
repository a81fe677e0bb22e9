"""Each mistake alone is told by its own line, and no other line fails."""

import os

import pytest

from tests.rehearsal.conftest import NewSite
from tests.rehearsal.mistakes import MISTAKES, Mistake
from tests.rehearsal.rehearsed import PATIENCE, failed

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.skipif(
        "EVERY_MISTAKE" not in os.environ, reason="it takes minutes: `make test-rehearsal`"
    ),
]


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_alone_is_told_and_nothing_else(new_site: NewSite, mistake: Mistake) -> None:
    told = failed(new_site(mistake).rehearse(*PATIENCE))
    assert mistake.line in told
    assert told <= {mistake.line} | mistake.follows
