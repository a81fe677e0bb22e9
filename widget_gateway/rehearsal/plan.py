"""The plan: what a rehearsal has to be told about a site, in a small YAML file."""

import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import yaml

from widget_gateway.rehearsal.errors import RehearsalRefusedError

MAX_PLAN_BYTES = 64 * 1024
"""The size of a file that is surely no plan."""

_PLACEHOLDER = re.compile(r"\{(\w+)\}")


class Step(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """One thing that a person does on the site: exactly one of these fields is set.

    `within` is the selector of a frame in which it is done, such as a payment form of a bank.
    """

    goto: str | None = None
    click: str | None = None
    fill: dict[str, str] | None = None
    press: dict[str, str] | None = None
    wait: str | None = None
    within: str | None = None

    def __post_init__(self) -> None:
        """Check that there is one thing to do."""
        done = [self.goto, self.click, self.fill, self.press, self.wait]
        if sum(each is not None for each in done) != 1:
            raise ValueError("a step has exactly one of goto, click, fill, press and wait")


class Payment(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How a visitor pays.

    `provider` lists beginnings of addresses that belong to the payment provider: what a browser
    sends there is not the site's own word that money has come. `steps` begin on the page with the
    widget, at its pause.
    """

    steps: list[Step]
    provider: list[str] = []


class Result(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """How the site shows a result: the selector of what appears at the end, and the way to it."""

    shown: str
    steps: list[Step] = []


class Probe(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """Where the site shows something that must not change: how many there are, or a text."""

    steps: list[Step]
    count: str | None = None
    text: str | None = None

    def __post_init__(self) -> None:
        """Check that there is one thing to read."""
        if (self.count is None) is (self.text is None):
            raise ValueError("a probe has exactly one of count and text")


class Plan(msgspec.Struct, forbid_unknown_fields=True, frozen=True):
    """What a person does on the site. Addresses are relative to the page's."""

    sign_in: list[Step] = []
    people: list[dict[str, str]] = []
    payment: Payment | None = None
    result: Result | None = None
    orders: Probe | None = None
    results: Probe | None = None
    messages: Probe | None = None


NO_PLAN = Plan()


def read_plan(path: Path, environ: Mapping[str, str] = os.environ) -> Plan:
    """Read a plan; values of people may name an environment variable as `$NAME`.

    Raises:
        RehearsalRefusedError: there is no such file, or it is no plan; the message says where.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise RehearsalRefusedError(f"The plan {path} can't be read: {error.strerror}.") from None
    if len(raw) > MAX_PLAN_BYTES:
        raise RehearsalRefusedError(f"{path} is too large for a plan.")
    try:
        content = yaml.safe_load(raw)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        place = getattr(error, "problem_mark", None)
        where = f", line {place.line + 1}" if place else ""
        raise RehearsalRefusedError(f"The plan {path} is no YAML{where}.") from None
    try:
        plan = msgspec.convert(content if content is not None else {}, Plan)
    except (msgspec.ValidationError, RecursionError) as error:
        raise RehearsalRefusedError(f"The plan {path}: {error}") from None
    people = [_with_variables(person, environ) for person in plan.people]
    return msgspec.structs.replace(plan, people=people)


def _with_variables(person: dict[str, str], environ: Mapping[str, str]) -> dict[str, str]:
    known = {}
    for name, value in person.items():
        if value.startswith("$"):
            if value[1:] not in environ:
                raise RehearsalRefusedError(f"The plan needs the environment variable {value[1:]}.")
            known[name] = environ[value[1:]]
        else:
            known[name] = value
    return known


def filled(text: str, person: Mapping[str, str]) -> str:
    """Put what is known of a person in place of `{name}`.

    Raises:
        RehearsalRefusedError: the plan says nothing of that name about the person.
    """

    def put(found: re.Match[str]) -> str:
        name = found[1]
        if name not in person:
            raise RehearsalRefusedError(f"The plan's people have no {name!r}, which a step needs.")
        return person[name]

    return _PLACEHOLDER.sub(put, text)


def person_of(plan: Plan, index: int, run: str) -> dict[str, str] | None:
    """What is known of the first or second person; `{run}` is new in each rehearsal.

    None if the plan tells of only one person.
    """
    if not plan.people:
        return {"run": run, "user": f"rehearsal-{run}-{index + 1}"}
    if index >= len(plan.people):
        return None
    known: dict[str, Any] = {"run": run}
    return known | {name: filled(value, known) for name, value in plan.people[index].items()}
