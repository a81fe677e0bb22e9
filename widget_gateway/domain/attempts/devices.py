"""The kind of device on which an attempt was opened, and nothing that tells two devices apart.

Browsers say much more in their User-Agent: versions, builds, models. Together with an address that
can name a person, so only the kind is kept (docs/privacy.md).
"""

import re
from dataclasses import dataclass
from enum import StrEnum

MAX_READ = 512
"""Characters of a User-Agent that are looked at. Those of browsers have about 100 to 250."""


class Browser(StrEnum):
    """A family of browsers. The value is stored."""

    CHROME = "chrome"
    EDGE = "edge"
    FIREFOX = "firefox"
    OPERA = "opera"
    SAFARI = "safari"
    SAMSUNG = "samsung"
    YANDEX = "yandex"
    OTHER = "other"


class System(StrEnum):
    """An operating system. The value is stored."""

    ANDROID = "android"
    CHROME_OS = "chrome_os"
    IOS = "ios"
    LINUX = "linux"
    MACOS = "macos"
    WINDOWS = "windows"
    OTHER = "other"


class Form(StrEnum):
    """What a device looks like. The value is stored."""

    PHONE = "phone"
    TABLET = "tablet"
    COMPUTER = "computer"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Device:
    """A kind of device, such as Chrome on Android on a phone."""

    browser: Browser
    system: System
    form: Form


_BROWSERS = (
    (re.compile(r"YaBrowser/"), Browser.YANDEX),
    (re.compile(r"Edg(e|A|iOS)?/"), Browser.EDGE),
    (re.compile(r"OPR/|OPT/|OPiOS/|Opera"), Browser.OPERA),
    (re.compile(r"SamsungBrowser/"), Browser.SAMSUNG),
    (re.compile(r"Firefox/|FxiOS/"), Browser.FIREFOX),
    (re.compile(r"Chrome/|CriOS/|Chromium/"), Browser.CHROME),
    (re.compile(r"Safari/"), Browser.SAFARI),
)
"""What names a browser. Most of them also name Chrome or Safari, so these come last."""

_SYSTEMS = (
    (re.compile(r"Android"), System.ANDROID),
    (re.compile(r"iPhone|iPad|iPod"), System.IOS),
    (re.compile(r"Windows"), System.WINDOWS),
    (re.compile(r"CrOS"), System.CHROME_OS),
    (re.compile(r"Macintosh|Mac OS X"), System.MACOS),
    (re.compile(r"Linux|X11"), System.LINUX),
)
"""What names a system. Android also names Linux, and an iPhone also names Mac OS X."""

_TABLET = re.compile(r"iPad|Tablet")
_MOBILE = re.compile(r"Mobi|iPhone|iPod")


def device_of(user_agent: str) -> Device | None:
    """Read the kind of device from a User-Agent; None if there is none.

    It is what the browser claims: an iPad that asks for pages of a computer looks like a Mac.
    """
    told = user_agent[:MAX_READ]
    if not told.strip():
        return None
    browser = next((kind for sign, kind in _BROWSERS if sign.search(told)), Browser.OTHER)
    system = next((kind for sign, kind in _SYSTEMS if sign.search(told)), System.OTHER)
    return Device(browser, system, _form_of(told, system))


def _form_of(told: str, system: System) -> Form:
    if _TABLET.search(told):
        return Form.TABLET
    if _MOBILE.search(told):
        return Form.PHONE
    if system is System.ANDROID:  # Only phones add "Mobile".
        return Form.TABLET
    return Form.OTHER if system in (System.OTHER, System.IOS) else Form.COMPUTER
