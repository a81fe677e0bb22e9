"""The automatic variables of a quiz, computed of its XML alone.

It is written anew from docs/protocol/definitions.md, "Automatic variables", and shares no line with
the gateway's scoring, so that both are wrong together only if both misread that page.
"""

import re
from collections import Counter
from fractions import Fraction
from math import floor
from xml.etree import ElementTree as ET

Chosen = dict[str, list]
"""By the id of an item: the positions of the chosen options, or the words written into fields."""


def number_of(value):
    """The leading integer of a value, or 0."""
    match = re.match(r"[+-]?\d+", value.strip())
    return int(match[0]) if match else 0


def rounded(part, whole):
    """`part` of `whole` in percent, half away from zero; 0 of nothing."""
    if whole == 0:
        return 0
    share = Fraction(100 * part, whole)
    return floor(share + Fraction(1, 2)) if share >= 0 else -floor(-share + Fraction(1, 2))


def items_of(source):
    """The items of a quiz: id, method, group, count, options as (value, correct), fields."""
    root = ET.fromstring(source)  # noqa: S314 - the tests' own files
    return list(map(item_of, root.findall("items/item")))


def item_of(item):
    """An item; of each field it has the right values in both languages."""
    return {
        "id": item.get("id"),
        "method": (item.get("method") or "option").lower(),
        "group": item.get("group"),
        "count": int(item.get("count")) if item.get("count") else None,
        "options": [
            (option.get("value"), option.get("correct") in ("true", "1"))
            for option in item.findall("options/option")
        ],
        "fields": [
            {field.get(name) for name in ("correct", "correct-en") if field.get(name)}
            for field in item.findall("fields/field")
        ],
    }


def values_chosen(item, chosen):
    """The values that an answer counts."""
    if item["method"] == "text":
        return list(chosen)
    return [item["options"][position][0] for position in chosen]


def offers_of(item):
    """How often an answer can choose each value of an item."""
    counts = Counter(value for value, _ in item["options"])
    most = {"option": 1, "gradient": 1, "checkbox": item["count"]}.get(item["method"])
    return {value: min(count, most or count) for value, count in counts.items()}


def score_of(item, chosen):
    """What an answer adds to SUM."""
    values = values_chosen(item, chosen)
    right = {value for value, correct in item["options"] if correct}
    if item["method"] == "text" and any(item["fields"]):
        written = dict(enumerate(chosen))
        fits = [
            not rights or written.get(place, "").strip() in rights
            for place, rights in enumerate(item["fields"])
        ]
        return int(bool(chosen) and all(fits))
    if right:
        whole = item["count"] or len(right)
        complete = item["method"] != "checkbox" or len(values) == whole
        return int(bool(values) and complete and set(values) <= right)
    return sum(map(number_of, values))


def largest_of(item):
    """What an item adds to the largest sum possible."""
    if item["method"] == "text":
        return 0
    right = sum(correct for _, correct in item["options"])
    return right or max(0, *(number_of(value) for value, _ in item["options"]))


def variables_of(source, sheet: Chosen):
    """All automatic variables of a sheet."""
    items = items_of(source)
    counts, possible = Counter(), Counter()
    for item in items:
        values = values_chosen(item, sheet.get(item["id"], []))
        counts.update(values)
        possible.update(values if item["method"] == "text" else offers_of(item))

    def sums(members):
        total = sum(score_of(item, sheet.get(item["id"], [])) for item in members)
        return {"SUM": total, "SCALE": rounded(total, sum(map(largest_of, members)))}

    def shares(whole):
        return {
            value: {
                "sum": counts[value],
                "percentage": rounded(counts[value], whole),
                "percentage_value": rounded(counts[value], often),
            }
            for value, often in possible.items()
        }

    groups = dict.fromkeys(item["group"] for item in items if item["group"])
    return {
        **sums(items),
        "VALUES": shares(sum(map(largest_of, items))),
        "REPEATS": shares(len(items)),
        "GROUPS": {group: sums([i for i in items if i["group"] == group]) for group in groups},
        "NON_NEGATIVE_ANSWER_VALUES_SUM": sum(
            count for value, count in counts.items() if number_of(value) >= 0
        ),
    }
