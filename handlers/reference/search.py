"""What the search of the reference finds; the pages list the same without it."""

from collections.abc import Iterator, Sequence

import msgspec

from handlers.reference.calls import Call
from handlers.reference.guides import Guide
from handlers.reference.reasons import ShownReason
from handlers.reference.words import Words


class Entry(msgspec.Struct, frozen=True, omit_defaults=True):
    """Something to find. `text` tells more of it; `also` is looked at and not shown."""

    kind: str
    name: str
    text: str
    address: str
    also: str = ""


def entries(
    calls: Sequence[Call],
    reasons: Sequence[ShownReason],
    guides: Sequence[Guide],
    words: Words,
    query: str,
) -> Iterator[Entry]:
    """All calls, then their parameters, the reasons, and the guides with their headings."""
    for call in calls:
        also = " ".join((words.told(call.about), call.summary, call.path, *call.aliases))
        yield Entry("call", call.title, words.told(call.summary), call.address + query, also)
    for call in calls:
        for parameter in call.parameters:
            place = f"{call.address}{query}#parameter-{parameter.name}"
            about = words.told(parameter.about)
            yield Entry("parameter", parameter.name, f"{call.title}: {about}", place)
    for one in reasons:
        yield Entry("reason", one.reason, one.message, _with_query(one.address, query))
    for guide in guides:
        yield Entry("guide", guide.title, "", guide.address + query)
        for heading in guide.headings:
            place = f"{guide.address}{query}#{heading.anchor}"
            yield Entry("guide", heading.text, guide.title, place)


def _with_query(address: str, query: str) -> str:
    before, sign, fragment = address.partition("#")
    return before + query + sign + fragment
