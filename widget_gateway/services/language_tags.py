"""Tags of languages (BCP 47) as people and browsers write them."""

import re
from functools import lru_cache

from langcodes import standardize_tag, tag_is_valid

MAX_WANTED = 10
"""The most tags in a list of wanted languages. Browsers have rarely more than five."""

WELL_FORMED = "[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8}){0,7}"
"""The outline of a tag as a regular expression. BCP 47 has tags in use with up to five parts; tags
for private use only are not accepted."""

_TAG = re.compile(WELL_FORMED)


@lru_cache(maxsize=2_000)
def canonical_tag(text: str) -> str | None:
    """Return the tag in its canonical form, `zh-Hant-TW`; None if the text is no tag."""
    if not _TAG.fullmatch(text):
        return None
    try:
        return standardize_tag(text)
    except ValueError:
        return None


@lru_cache(maxsize=2_000)
def is_registered(tag: str) -> bool:
    """Whether the registry of IANA has every part of the tag."""
    return canonical_tag(tag) is not None and tag_is_valid(tag)


def wanted_tags(listed: str) -> tuple[str, ...]:
    """Read a list such as `kk-KZ,ru`, the most wanted language first. An empty text has none.

    What has the outline of a tag and is none by the other rules of BCP 47 is passed over.

    Raises:
        ValueError: it is too long, or has something else; the message tells what is allowed.
    """
    parts = [part.strip(" ") for part in listed.split(",", MAX_WANTED)] if listed else []
    if len(parts) > MAX_WANTED:
        raise ValueError(f"it has at most {MAX_WANTED} languages.")
    if not all(_TAG.fullmatch(part) for part in parts):
        raise ValueError('it is a language tag such as "ru" or "zh-Hant", or a list: "kk-KZ,ru".')
    return tuple(tag for part in parts if (tag := canonical_tag(part)) is not None)
