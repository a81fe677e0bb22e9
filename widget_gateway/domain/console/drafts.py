"""Drafts of tests: files that were uploaded, and what reading them as definitions has found."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import PurePosixPath
from typing import NewType

from widget_gateway.domain.ids import TestSlug

DraftId = NewType("DraftId", str)
"""A draft: 32 hexadecimal digits, the first 12 of which are the time of the upload."""

KEPT_FOR = timedelta(days=30)
"""How long a draft is kept after it was changed last."""

MAX_FINDINGS = 400
"""The most findings that are kept of a file. Nobody mends more at a time, and mending a few of them
often removes the rest."""

_PLACED = re.compile(
    r"(?P<file>[^:\n]+):(?P<lines>[0-9]+(?:, [0-9]+)*)(?: and [0-9]+ more)?: (?P<text>.*)",
    re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault of a file, or a note about it, at lines that count from 1, or at no place."""

    file: str
    text: str
    lines: tuple[int, ...] = ()
    is_note: bool = False


@dataclass(frozen=True, slots=True)
class CheckedTest:
    """A test that was read from the file `file` of a draft and has no fault.

    `digest` is that of its document, by which versions are compared. `notes` tell what an import
    has assumed or lost.
    """

    file: str
    slug: TestSlug
    title: Mapping[str, str]
    questions: int
    locales: tuple[str, ...]
    digest: str
    notes: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True)
class Outcome:
    """What reading the files of a draft has led to; files are keys of `refused` and `passed_over`.

    `refused` has the faults of files, and `passed_over` says why others are no definitions.
    """

    tests: tuple[CheckedTest, ...] = ()
    refused: Mapping[str, tuple[Finding, ...]] = field(default_factory=dict)
    passed_over: Mapping[str, str] = field(default_factory=dict)

    @property
    def faults(self) -> int:
        """The number of all faults."""
        return sum(map(len, self.refused.values()))

    def of(self, slug: TestSlug) -> CheckedTest | None:
        """Return the test with this slug, if it was read without a fault."""
        return next((test for test in self.tests if test.slug == slug), None)

    def found_in(self, file: str) -> tuple[Finding, ...]:
        """Return the findings of a file: faults, and notes about the tests that it is part of."""
        faults = [found for part in self.refused.values() for found in part]
        notes = [note for test in self.tests for note in test.notes]
        return tuple(found for found in (*faults, *notes) if found.file == file)


@dataclass(frozen=True, slots=True)
class ImportWishes:
    """What the person who uploads files says about them, as the options of `test import` do.

    Empty texts say nothing. `columns` has lines of `COLUMN=FIELD`.
    """

    slug: str = ""
    locale: str = ""
    access: str = ""
    pause_after: int | None = None
    images: str = ""
    columns: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TestDraft:
    """An upload, without the contents of its files; `sizes` has their bytes by name.

    `based_on` has the version of each test that was published when the draft was made, and
    `published` the version that each test became. `revision` counts the changes of the files.
    """

    __test__ = False  # The name says what it is to people; pytest must not collect it.

    id: DraftId
    name: str
    login: str
    created_at: datetime
    changed_at: datetime
    revision: int
    wishes: ImportWishes
    sizes: Mapping[str, int]
    outcome: Outcome
    based_on: Mapping[str, int | None]
    published: Mapping[str, int] = field(default_factory=dict)


def placed_finding(
    message: str, file: str, names: Collection[str], *, is_note: bool = False
) -> Finding:
    """Read a message of the import, `name:line: what`, about a test that was read from `file`.

    A name may be relative to the folder of `file`. A message without a place belongs to `file`.
    """
    match = _PLACED.fullmatch(message)
    if match is None:
        return Finding(file, message.removeprefix(f"{file}: "), is_note=is_note)
    beside = str(PurePosixPath(file).parent / match["file"])
    found = next((name for name in (match["file"], beside) if name in names), None)
    if found is None:
        return Finding(file, message, is_note=is_note)
    lines = tuple(int(line) for line in match["lines"].split(", "))
    return Finding(found, match["text"], lines, is_note)
