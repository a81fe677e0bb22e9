"""Reads the item lists of IPIP-NEO-120: `ru.json` and `en.json` become one definition.

The lists are no part of the project (docs/import.md). By the published scoring an item counts 1 to
5, a minus-keyed item 5 to 1. The score of a facet is the sum of its 4 items, that of a domain the
sum of its 24 items. An average above 3 is high, an average below 3 is low. The titles of the scales
are defined here, as the lists have only their letters.
"""

from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import Any, NamedTuple

import yaml

from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.definitions import (
    Definition,
    Path,
    Place,
    bundled_schema,
    check_document,
    check_size,
    field_of,
    placed,
    read_source,
    schema_faults,
)
from widget_gateway.services.catalogue.yaml_documents import line_of, read_yaml

SLUG = "ipip-neo-120"
LOCALES = ("ru", "en")
ITEM_LISTS = tuple(f"{locale}.json" for locale in LOCALES)

ITEMS_OF_A_FACET = 4

_MIDDLE = 50
"""Percentage of an average of exactly 3. No other sum of 4 or of 24 items is rounded to it."""

_LEVELS = (
    {"up_to": _MIDDLE - 1, "color": "#2f6fde", "name": {"ru": "Низкий", "en": "Low"}},
    {"up_to": _MIDDLE, "color": "#64748b", "name": {"ru": "Нейтральный", "en": "Neutral"}},
    {"up_to": 100, "color": "#b35c00", "name": {"ru": "Высокий", "en": "High"}},
)

_SCALES = {
    "N": (
        ("Нейротизм", "Neuroticism"),
        ("Тревожность", "Anxiety"),
        ("Раздражительность", "Anger"),
        ("Подавленность", "Depression"),
        ("Застенчивость", "Self-consciousness"),
        ("Неумеренность", "Immoderation"),
        ("Уязвимость", "Vulnerability"),
    ),
    "E": (
        ("Экстраверсия", "Extraversion"),
        ("Дружелюбие", "Friendliness"),
        ("Общительность", "Gregariousness"),
        ("Напористость", "Assertiveness"),
        ("Деятельность", "Activity level"),
        ("Поиск впечатлений", "Excitement-seeking"),
        ("Жизнерадостность", "Cheerfulness"),
    ),
    "O": (
        ("Открытость опыту", "Openness to experience"),
        ("Воображение", "Imagination"),
        ("Интерес к искусству", "Artistic interests"),
        ("Эмоциональность", "Emotionality"),
        ("Стремление к новому", "Adventurousness"),
        ("Интерес к идеям", "Intellect"),
        ("Либеральность взглядов", "Liberalism"),
    ),
    "A": (
        ("Доброжелательность", "Agreeableness"),
        ("Доверие", "Trust"),
        ("Честность с людьми", "Morality"),
        ("Альтруизм", "Altruism"),
        ("Миролюбие", "Cooperation"),
        ("Скромность", "Modesty"),
        ("Сочувствие", "Sympathy"),
    ),
    "C": (
        ("Добросовестность", "Conscientiousness"),
        ("Уверенность в своих силах", "Self-efficacy"),
        ("Любовь к порядку", "Orderliness"),
        ("Чувство долга", "Dutifulness"),
        ("Стремление к достижениям", "Achievement-striving"),
        ("Самодисциплина", "Self-discipline"),
        ("Осмотрительность", "Cautiousness"),
    ),
}
"""Titles by domain, in Russian and English: that of the domain, then those of its six facets."""

_ABOUT = {
    "title": {"ru": "Личностный опросник IPIP-NEO-120", "en": "IPIP-NEO-120 personality inventory"},
    "description": {
        "ru": "120 утверждений о себе. Пять черт личности, в каждой по шесть составляющих.",
        "en": "120 statements about yourself. Five traits of personality, six facets of each.",
    },
    "instruction": {
        "ru": "Отметьте, насколько точно каждое утверждение описывает вас таким, какой вы сейчас.",
        "en": "Mark how accurately each statement describes you as you are at present.",
    },
    "authors": [
        {
            "ru": "International Personality Item Pool, ipip.ori.org (общественное достояние)",
            "en": "International Personality Item Pool, ipip.ori.org (public domain)",
        }
    ],
    "duration": 15,
}


class _ItemList(NamedTuple):
    """The file of one language. The YAML nodes below `root` have line numbers."""

    name: str
    root: yaml.Node
    document: dict[str, Any]

    def place(self, path: Path) -> Place:
        return Place(self.name, line_of(self.root, path), field_of(path))


def holds_ipip_neo(folder: FilePath) -> bool:
    """Whether the folder has an item list for each language."""
    files = [folder / name for name in ITEM_LISTS]
    try:
        return all(file.is_file() and b'"choices"' in read_source(file) for file in files)
    except (DefinitionError, OSError):  # a folder that must not be read
        return False


def read_ipip_neo(folder: FilePath, changes: Mapping[str, Any] | None = None) -> Definition:
    """Read the item lists of a folder as one definition; `changes` replace top-level fields.

    Raises:
        DefinitionError: it has a message for each fault, with file, line and field.
    """
    lists = {locale: _read(folder / f"{locale}.json", locale) for locale in LOCALES}
    russian, english = (lists[locale] for locale in LOCALES)
    faults = [
        *placed(_key_faults(russian.document), russian.place),
        *placed(_choice_faults(russian.document), russian.place),
        *placed(_choice_faults(english.document), english.place),
        *placed(_differences(english.document, russian.document), english.place),
    ]
    if faults:
        raise DefinitionError(faults)
    return check_document(_definition(lists), russian.place, changes)


def _read(path: FilePath, locale: str) -> _ItemList:
    source = read_source(path)
    check_size(source, str(path))
    read = _ItemList(str(path), *read_yaml(source, str(path)))
    faults = schema_faults(read.document, bundled_schema("ipip-neo.schema.json"))
    if not faults and read.document["locale"] != locale:
        faults = [(("locale",), f"must be {locale}, as the file's name says")]
    if faults:
        raise DefinitionError(placed(faults, read.place))
    return read


def _key_faults(document: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Yield questions that are not numbered in order, or whose facet does not have four."""
    facets = Counter((question["domain"], question["facet"]) for question in document["questions"])
    for index, question in enumerate(document["questions"]):
        if question["number"] != index + 1:
            yield ("questions", index, "number"), f"must be {index + 1}: they stand in order"
        if facets[question["domain"], question["facet"]] != ITEMS_OF_A_FACET:
            yield ("questions", index, "facet"), f"a facet has {ITEMS_OF_A_FACET} questions"


def _choice_faults(document: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Yield choices that do not count 1 to 5 when plus-keyed and 5 to 1 when minus-keyed."""
    plus, minus = (document["choices"][keyed] for keyed in ("plus", "minus"))
    for index, choice in enumerate(plus):
        if choice["score"] != index + 1:
            yield ("choices", "plus", index, "score"), f"must be {index + 1}"
        if minus[index] != {**choice, "score": len(plus) - index}:
            yield ("choices", "minus", index), f"must be the same choice, with {len(plus) - index}"


def _differences(
    document: Mapping[str, Any], other: Mapping[str, Any]
) -> Iterator[tuple[Path, str]]:
    for index, (mine, theirs) in enumerate(
        zip(document["questions"], other["questions"], strict=True)
    ):
        for key in ("number", "keyed", "domain", "facet"):
            if mine[key] != theirs[key]:
                yield ("questions", index, key), f"is {theirs[key]} in the other language"


def _definition(lists: Mapping[str, _ItemList]) -> dict[str, Any]:
    documents = {locale: item_list.document for locale, item_list in lists.items()}
    choices = [
        {"value": str(score), "text": _in_each(documents, "choices", "plus", score - 1)}
        for score in range(1, 6)
    ]
    items = documents["en"]["questions"]
    return {
        "slug": SLUG,
        **_ABOUT,
        "locales": list(LOCALES),
        "questions": [
            {
                "id": str(item["number"]),
                "type": "option",
                "text": _in_each(documents, "questions", index),
                "options": choices,
            }
            for index, item in enumerate(items)
        ],
        "scales": [scale for domain in _SCALES for scale in _scales_of(domain, items)],
    }


def _in_each(documents: Mapping[str, Any], *path: str | int) -> dict[str, str]:
    """Return the `text` of the member at `path`, by language."""
    found = {}
    for locale, document in documents.items():
        part = document
        for step in path:
            part = part[step]
        found[locale] = part["text"]
    return found


def _scales_of(domain: str, items: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """Yield the scale of a domain, which is the sum of its facets, and the scales of the facets."""
    for facet, (russian, english) in enumerate(_SCALES[domain]):
        scale: dict[str, Any] = {
            "id": f"{domain}{facet or ''}",
            "title": {"ru": russian, "en": english},
            "levels": list(_LEVELS),
        }
        if facet:
            scale["part_of"] = domain
            for keyed in ("plus", "minus"):
                scale[keyed] = [
                    str(item["number"])
                    for item in items
                    if (item["domain"], item["facet"], item["keyed"]) == (domain, facet, keyed)
                ]
        yield scale
