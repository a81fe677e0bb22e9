"""The kind of device on which an attempt was opened: what is read from a User-Agent, and kept."""

import pytest

from widget_gateway.domain.attempts.devices import Browser, Device, Form, System, device_of

CHROME = "Chrome/129.0.0.0"
SAFARI = "Safari/537.36"
WEBKIT = f"AppleWebKit/537.36 (KHTML, like Gecko) {CHROME}"
PIXEL = f"Mozilla/5.0 (Linux; Android 14; Pixel 8) {WEBKIT} Mobile {SAFARI}"
MAC = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/17.6 Safari/605.1.15"


@pytest.mark.parametrize(
    ("told", "browser", "system", "form"),
    [
        (PIXEL, "chrome", "android", "phone"),
        (
            f"Mozilla/5.0 (Linux; Android 14; SM-X210) {WEBKIT} {SAFARI}",
            "chrome",
            "android",
            "tablet",
        ),
        (
            f"Mozilla/5.0 (Linux; Android 14) {WEBKIT} YaBrowser/24.7 Mobile",
            "yandex",
            "android",
            "phone",
        ),
        (
            "Mozilla/5.0 (Linux; Android 13) SamsungBrowser/25.0 Chrome/121 Mobile",
            "samsung",
            "android",
            "phone",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) Version/17.6 Mobile Safari/604",
            "safari",
            "ios",
            "phone",
        ),
        (
            "Mozilla/5.0 (iPad; CPU OS 17_6 like Mac OS X) CriOS/129 Mobile Safari/604.1",
            "chrome",
            "ios",
            "tablet",
        ),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 17_6 like Mac OS X) FxiOS/131.0 Mobile Safari/605",
            "firefox",
            "ios",
            "phone",
        ),
        (
            f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) {WEBKIT} {SAFARI} Edg/129.0",
            "edge",
            "windows",
            "computer",
        ),
        (
            f"Mozilla/5.0 (Windows NT 10.0) {WEBKIT} {SAFARI} OPR/114.0",
            "opera",
            "windows",
            "computer",
        ),
        (MAC, "safari", "macos", "computer"),
        (
            "Mozilla/5.0 (X11; Linux x86_64; rv:131.0) Gecko/20100101 Firefox/131.0",
            "firefox",
            "linux",
            "computer",
        ),
        (
            f"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) {WEBKIT} {SAFARI}",
            "chrome",
            "chrome_os",
            "computer",
        ),
        ("curl/8.5.0", "other", "other", "other"),
        ("\x00ü" * 5_000, "other", "other", "other"),
    ],
)
def test_a_user_agent_tells_the_kind_of_device(told, browser, system, form):
    assert device_of(told) == Device(Browser(browser), System(system), Form(form))


@pytest.mark.parametrize("told", ["", "   "])
def test_no_user_agent_tells_nothing(told):
    assert device_of(told) is None


@pytest.mark.gen_test
@pytest.mark.usefixtures("college")
async def test_each_opening_keeps_its_kind_of_device_and_nothing_else_of_it(connect, database):
    phone = await connect(user_agent_header=PIXEL)
    session = await phone.open("college", test="career-interests")
    assert database.attempts.find_one()["device"] == {
        "browser": "chrome",
        "system": "android",
        "form": "phone",
    }
    computer = await connect(user_agent_header=MAC)
    shown = {"session": session["session"], "resume_token": session["resume_token"]}
    await computer.open("college", **shown)
    assert database.attempts.find_one()["device"]["system"] == "macos"
    unnamed = await connect(user_agent_header=None)
    await unnamed.open("college", **shown)
    stored = database.attempts.find_one()
    assert (stored["device"], stored["generation"]) == (None, 3)
    for told in ("Pixel", "10_15_7", "127.0.0.1"):
        assert told not in str(stored)
