"""Tests and questions as the widget channel and the public test info show them."""

from typing import Any

import msgspec

from widget_gateway.domain.catalogue.order import arranged_options, arranged_questions
from widget_gateway.domain.catalogue.questions import Image, Question, localized
from widget_gateway.domain.catalogue.tests import TestDefinition

MAX_ENCODED = 1_000
"""How many versions of tests, each in one locale, are kept encoded. Each takes about 50 KB. That is
enough for a catalogue of 140 tests in seven languages."""


def wire_test(test: TestDefinition, locale: str) -> dict[str, Any]:
    """The public part of a test: without scales, scoring keys and right answers."""
    return {
        "slug": test.slug,
        "version": test.version,
        "locale": locale,
        "locales": test.locales,
        "title": localized(test.title, locale),
        "description": localized(test.description, locale),
        "instruction": localized(test.instruction, locale),
        "authors": [localized(author, locale) for author in test.authors],
        "duration": test.duration,
        "length": len(test.questions),
        "paid": test.paid,
        "pause_after": test.free_length if test.paid else None,
    }


class QuestionEncoder:
    """Encodes the questions of a version once for all attempts in this process."""

    def __init__(self) -> None:
        self._encoded: dict[tuple[str, int, str], tuple[msgspec.Raw, ...]] = {}

    def encode(
        self, test: TestDefinition, locale: str, seed: str | None = None
    ) -> tuple[msgspec.Raw, ...]:
        """The questions in a locale and in the order of a seed, each as JSON.

        Without a random order they stay cached, as a version never changes.
        """
        if seed is not None and test.has_random_order:
            return _encoded(test, locale, seed)
        key = (test.slug, test.version, locale)
        if key not in self._encoded:
            if len(self._encoded) >= MAX_ENCODED:
                del self._encoded[next(iter(self._encoded))]
            self._encoded[key] = _encoded(test, locale, None)
        return self._encoded[key]


def _encoded(test: TestDefinition, locale: str, seed: str | None) -> tuple[msgspec.Raw, ...]:
    return tuple(
        msgspec.Raw(msgspec.json.encode(_wire_question(question, number, locale, seed)))
        for number, question in enumerate(arranged_questions(test, seed), start=1)
    )


def _wire_question(
    question: Question, number: int, locale: str, seed: str | None
) -> dict[str, Any]:
    """A question without the members that do not apply to it, as phones load 70 at once."""
    return _without_absent(
        {
            "id": question.id,
            "number": number,
            "type": question.type.value,
            "text": localized(question.text, locale),
            "html": localized(question.html, locale),
            **_wire_image(question.image, locale),
            "group": question.group,
            "timer": question.timer,
            "count": question.count,
            "back": question.back,
            "forward": question.forward,
            "options": [
                _without_absent(
                    {
                        "id": None if option.name == option.value else option.name,
                        "value": option.value,
                        "text": localized(option.text, locale),
                        **_wire_image(option.image, locale),
                    }
                )
                for option in arranged_options(question, seed)
            ],
            "fields": [
                _without_absent(
                    {"input": field.input, "placeholder": localized(field.placeholder, locale)}
                )
                for field in question.fields
            ],
        }
    )


def _wire_image(image: Image | None, locale: str) -> dict[str, Any]:
    if image is None:
        return {}
    return {
        "image": image.src,
        "image_alt": localized(image.alt, locale),
        "image_size": [image.width, image.height] if image.width else None,
    }


def _without_absent(members: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value not in (None, [])}
