"""Which language stands in for another (docs/languages.md). Tags are those of BCP 47, canonical."""

from collections.abc import Collection, Iterator, Sequence


def with_parents(tag: str) -> Iterator[str]:
    """Yield the tag and what it is a variety of: `zh-Hant-TW`, `zh-Hant`, `zh` (RFC 4647, 3.4)."""
    parts = tag.split("-")
    while parts:
        yield "-".join(parts)
        parts.pop()
        if parts and len(parts[-1]) == 1:  # it introduces an extension, and means nothing alone
            parts.pop()


def best_language(wanted: str, offered: Collection[str]) -> str | None:
    """Return the offered language that comes next to the wanted one; None for another language.

    That is the same one, else the closest of its parents, else a variety of the same language.
    """
    for tag in with_parents(wanted):
        if tag in offered:
            return tag
    language = wanted.partition("-")[0]
    return next((tag for tag in offered if tag.partition("-")[0] == language), None)


def language_for(wanted: Sequence[str], offered: Sequence[str]) -> str:
    """Return the best offered language for the first wish that can be granted, else the first."""
    found = (best_language(tag, offered) for tag in wanted)
    return next((tag for tag in found if tag is not None), offered[0])
