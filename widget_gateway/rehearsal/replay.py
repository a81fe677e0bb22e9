"""Sends a request of a page again, as the same person or as somebody else."""

import re
from collections.abc import Mapping
from http import HTTPStatus
from urllib.parse import urlsplit

from playwright.sync_api import Error

from widget_gateway.rehearsal.device import Device
from widget_gateway.rehearsal.scripts import PLACES
from widget_gateway.rehearsal.traffic import SAFE, Sent

_OWN = frozenset({"cookie", "host", "content-length", "connection", "accept-encoding"})
"""Headers that the request of another device has of its own."""

_IDENTITY = frozenset({"authorization", "proxy-authorization"})

_TOKEN_NAME = re.compile(r"csrf|xsrf|token|nonce|verif|sessid", re.IGNORECASE)

MIN_TOKEN = 8
"""Characters of the shortest text that is taken for a token against forged requests."""


def tokens_of(device: Device) -> dict[str, str]:
    """The tokens against forged requests that a device has, by their names."""
    try:
        places = dict(device.page.evaluate(PLACES))
    except Error:
        places = {}
    for cookie in device.context.cookies():
        places[f"cookie {cookie['name']}"] = cookie["value"]
    return {
        name: str(value)
        for name, value in places.items()
        if _TOKEN_NAME.search(name) and len(str(value)) >= MIN_TOKEN
    }


def swaps_between(mine: Mapping[str, str], theirs: Mapping[str, str]) -> dict[str, str]:
    """What has to be put in place of my tokens in a request of somebody else."""
    return {
        value: theirs[name]
        for name, value in mine.items()
        if name in theirs and theirs[name] != value
    }


def replay(sent: Sent, device: Device, swaps: Mapping[str, str] | None = None) -> int:
    """Send a request with the cookies of a device; return the status, 0 if there was no answer.

    Texts in the address, headers and body are exchanged as `swaps` says. Another device than the
    request's own sends no `Authorization` either.
    """
    is_own = device.context is sent.context
    dropped = _OWN if is_own else _OWN | _IDENTITY

    def swapped(text: str) -> str:
        for old, new in (swaps or {}).items():
            text = text.replace(old, new)
        return text

    headers = {
        name: swapped(value)
        for name, value in sent.headers.items()
        if name.lower() not in dropped and not name.startswith(":")
    }
    # Browsers send these with each request, and sites refuse posts of other sites by them.
    headers.setdefault("sec-fetch-site", "same-origin")
    if sent.method not in SAFE:
        page = urlsplit(sent.headers.get("referer") or sent.url)
        headers.setdefault("origin", f"{page.scheme}://{page.netloc}")
    body = sent.body
    if body is not None and swaps:
        body = swapped(body.decode("utf-8", "surrogateescape")).encode("utf-8", "surrogateescape")
    try:
        answer = device.context.request.fetch(
            swapped(sent.url),
            method=sent.method,
            headers=headers,
            data=body,
            max_redirects=0,
        )
        status = answer.status
        answer.dispose()
    except Error:
        return 0
    return status


def is_refused(status: int) -> bool:
    """Whether a site has refused a request, by a status for wrong requests."""
    return HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
