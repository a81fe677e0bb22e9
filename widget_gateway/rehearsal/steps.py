"""Does the steps of a plan in a page."""

from urllib.parse import urljoin

from playwright.sync_api import Error, FrameLocator, Page

from widget_gateway.rehearsal.device import Device
from widget_gateway.rehearsal.errors import ProbeFailedError, StoryEndedError
from widget_gateway.rehearsal.plan import Probe, Step, filled


def do(device: Device, steps: list[Step], base: str, known: dict[str, str]) -> None:
    """Do the steps one after the other, on the newest page where a step opened one.

    Raises:
        StoryEndedError: a step can't be done; it says which.
    """
    for number, step in enumerate(steps, 1):
        page = device.context.pages[-1]
        try:
            _do(page, step, base, known)
        except Error as error:
            what = error.message.partition("\n")[0]
            raise StoryEndedError(f"step {number}, {_named(step)}: {what}") from None


def _do(page: Page, step: Step, base: str, known: dict[str, str]) -> None:
    place: Page | FrameLocator = page.frame_locator(step.within) if step.within else page
    if step.goto is not None:
        page.goto(urljoin(base, filled(step.goto, known)), wait_until="domcontentloaded")
    elif step.click is not None:
        place.locator(filled(step.click, known)).first.click()
    elif step.wait is not None:
        place.locator(filled(step.wait, known)).first.wait_for()
    for selector, text in (step.fill or {}).items():
        place.locator(selector).first.fill(filled(text, known))
    for selector, key in (step.press or {}).items():
        place.locator(selector).first.press(key)


def _named(step: Step) -> str:
    for name in ("goto", "click", "wait"):
        value = getattr(step, name)
        if value is not None:
            return f"{name} {value}"
    return (
        f"fill {', '.join(step.fill or step.press or {})}"  # What is filled in may be a password.
    )


def look(device: Device, probe: Probe, base: str, known: dict[str, str]) -> str:
    """Read what a probe shows, in a tab of its own.

    Raises:
        ProbeFailedError: a step can't be done, or there is nothing to read.
    """
    tab = device.context.new_page()
    try:
        do(device, probe.steps, base, known)
        if probe.count is not None:
            return str(tab.locator(probe.count).count())
        return " ".join((tab.locator(probe.text or "").first.text_content() or "").split())
    except StoryEndedError as ended:
        raise ProbeFailedError(str(ended)) from None
    except Error as error:
        raise ProbeFailedError(error.message.partition("\n")[0]) from None
    finally:
        tab.close()
