"""A token whose signature was verified before is still checked for its claims."""

from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from widget_gateway.domain.errors import NotSignedInError
from widget_gateway.domain.ids import QuaUserId
from widget_gateway.domain.qua.users import TOKEN_LIFETIME, User
from widget_gateway.services.qua import tokens as qua_tokens
from widget_gateway.services.qua.tokens import Claim, QuaTokens

pytestmark = pytest.mark.fast

SECRET = "a secret of the tests, long enough"
NOW = datetime.now(UTC)
USER = User(id=QuaUserId(7), username="anna", created_at=NOW)


def test_a_token_that_was_read_before_expires_all_the_same(monkeypatch) -> None:
    tokens = QuaTokens(SECRET, None)
    token = tokens.issue(USER, NOW)
    assert tokens.read(token) == tokens.read(token) == Claim(USER.id, USER.password_version)
    later = (NOW + TOKEN_LIFETIME + timedelta(seconds=1)).timestamp()
    monkeypatch.setattr(qua_tokens, "time", SimpleNamespace(time=lambda: later))
    with pytest.raises(NotSignedInError, match="expired"):
        tokens.read(token)
