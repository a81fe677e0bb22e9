"""The go-live list for people, for machines and for pipelines."""

import xml.etree.ElementTree as ET
from pathlib import Path
from textwrap import wrap
from typing import Any

from widget_gateway.rehearsal.errors import RehearsalRefusedError
from widget_gateway.rehearsal.findings import Findings, Status
from widget_gateway.rehearsal.words import Words

WIDTH = 100
"""Characters of a printed line."""


def printed(findings: Findings, words: Words, url: str, seconds: float) -> str:
    """Write the list as text."""
    lines = list(findings)
    status_width = max(map(len, words.statuses.values())) + 2
    name_width = max(len(line.name) for line in lines) + 2
    indent = " " * (2 + status_width)
    rows = [words.heading.format(url=harmless(url), seconds=round(seconds)), ""]
    for line in lines:
        status = words.statuses[line.status].ljust(status_width)
        seen = f" ({harmless(line.seen)})" if line.seen and line.status is Status.PASSED else ""
        rows.append(f"  {status}{line.name.ljust(name_width)}{words.titles[line.name]}{seen}")
        if line.status is Status.PASSED:
            continue
        if line.seen:
            rows += _told(f"{words.seen}: {harmless(line.seen)}", indent)
        label = words.to_do if line.status is Status.FAILED else words.why
        rows += _told(f"{label}: {words.advise(line)}", indent)
    counts = {status: sum(line.status is status for line in lines) for status in Status}
    verdict = words.not_ready if findings.has_failed else words.ready
    totals = words.totals.format(**{status.value: count for status, count in counts.items()})
    return "\n".join([*rows, "", f"{totals} {verdict}"])


def _told(text: str, indent: str) -> list[str]:
    return wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)


def as_json(findings: Findings, words: Words, url: str, seconds: float) -> dict[str, Any]:
    """Describe the list for machines."""
    return {
        "url": url,
        "seconds": round(seconds, 1),
        "failed": findings.has_failed,
        "lines": [
            {
                "name": line.name,
                "status": line.status.value,
                "title": words.titles[line.name],
                "reason": line.reason or None,
                "seen": line.seen or None,
                "advice": words.advise(line) or None,
            }
            for line in findings
        ],
    }


def write_junit(path: Path, findings: Findings, words: Words, url: str, seconds: float) -> None:
    """Write the list as a file of JUnit, which pipelines read.

    Raises:
        RehearsalRefusedError: the file can't be written.
    """
    lines = list(findings)
    suite = ET.Element(
        "testsuite",
        name="widget-gateway rehearse",
        hostname=_xml(url),
        tests=str(len(lines)),
        failures=str(sum(line.status is Status.FAILED for line in lines)),
        skipped=str(sum(line.status is Status.UNSEEN for line in lines)),
        errors="0",
        time=f"{seconds:.1f}",
    )
    for line in lines:
        case = ET.SubElement(suite, "testcase", classname="rehearsal", name=line.name, time="0")
        if line.status is Status.FAILED:
            failure = ET.SubElement(case, "failure", message=words.titles[line.name])
            failure.text = _xml("\n".join(filter(None, [line.seen, words.advise(line)])))
        elif line.status is Status.UNSEEN:
            ET.SubElement(case, "skipped", message=words.advise(line))
    try:
        ET.ElementTree(suite).write(path, encoding="utf-8", xml_declaration=True)
    except OSError as error:
        raise RehearsalRefusedError(f"{path} can't be written: {error.strerror}.") from None


def harmless(text: str) -> str:
    """Escape what a page could do to a terminal."""
    return "".join(
        character if character.isprintable() else character.encode("unicode_escape").decode()
        for character in text
    )


def _xml(text: str) -> str:
    return "\n".join(harmless(line) for line in text.splitlines())
