"""Which passwords accounts of the console may have, and that judging one makes nobody wait."""

import asyncio
import time

import pytest

from widget_gateway.domain.console.roles import Role
from widget_gateway.domain.errors import PasswordUnfitError
from widget_gateway.services.console.passwords import check_password

LOGIN, NAME = "olga.ivanova@college.example", "Olga Ivanova"

SLOW = "4@8({<36913!1|0$57%2@" * 4
"""zxcvbn tries all letters that these signs may stand for."""


@pytest.mark.parametrize(
    "password",
    [
        "correct horse battery staple",
        "семь лиловых слонов танцуют",
        "Zp4!vQ9#tK2w",
        "🦆 two ducks, one lake 🦆",
        "x7" + "Qv!9tK" * 170,
        "nobody expects this phrase of many words, and of signs: 4@8({<36913!1|0$57%2@",
    ],
)
def test_a_password_that_nobody_expects_is_taken(password):
    check_password(password, LOGIN, NAME)


@pytest.mark.parametrize(
    ("password", "why"),
    [
        ("", "length"),
        ("Zp4!vQ9#tK2", "length"),
        ("Zp4!vQ9#tK2w" * 86, "length"),
        (f"{LOGIN} and more words", "login"),
        (f"my {LOGIN.upper()} and me", "login"),
        ("password1234", "common"),
        ("qwertyuiop[]", "common"),
        ("123456789012", "common"),
        ("aaaaaaaaaaaaaaaaaaaaaaaa", "common"),
        ("abcabcabcabcabcabc", "common"),
        ("P@ssw0rdP@ssw0rd", "common"),
        ("iloveyou2024!", "common"),
        ("widgetgateway1", "common"),
        ("college.example", "common"),
        ("Olga Ivanova", "common"),
        ("йцукенгшщзхъ", "common"),
        ("ПарольПароль", "common"),
        ("пароль123456", "common"),
        ("наташанаташа", "common"),
        (f"{'long ' * 10}phrase, which nobody reads to its end", "common"),
    ],
)
def test_a_password_that_is_guessed_among_the_first_is_refused(password, why):
    with pytest.raises(PasswordUnfitError) as refused:
        check_password(password, LOGIN, NAME)
    assert refused.value.why == why


@pytest.mark.gen_test
async def test_while_a_slow_password_is_judged_others_are_served(backend):
    longest, began, work = 0.0, time.monotonic(), asyncio.ensure_future(_make(backend, SLOW))
    while not work.done():
        at = time.monotonic()
        await asyncio.sleep(0)
        longest = max(longest, time.monotonic() - at)
    assert (await work).has_password
    # A thread that computes gives way every five milliseconds; without one the loop stood still.
    assert longest < (time.monotonic() - began) / 2


async def _make(backend, password):
    return await backend.console.accounts.create(
        login="eva", name="", role=Role.SUPPORT, provider=None, password=password, locale=None
    )
