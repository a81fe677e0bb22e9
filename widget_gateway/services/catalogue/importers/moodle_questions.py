"""Questions of Moodle, which its XML and GIFT write in two ways and mean alike."""

from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from widget_gateway.services.catalogue.importers.draft_scales import Choice, Document, graded
from widget_gateway.services.catalogue.importers.drafts import MAX_OPTIONS, Draft, Spot, present


class Asked(NamedTuple):
    """What questions of all types have. `what` names the type; `grade` is for a right answer."""

    what: str
    spot: Spot
    words: Document
    name: str = ""
    grade: Fraction = Fraction(1)


class MoodleQuestions:
    """Adds questions to a draft."""

    def __init__(self, draft: Draft) -> None:
        self._draft = draft
        self._group: str | None = None

    def category(self, path: str, spot: Spot) -> None:
        """Begin a category; its last name becomes the group of what follows."""
        names = [name.strip() for name in path.split("/") if name.strip()]
        names = [name for name in names if name not in _CONTEXTS]
        if not names:
            self._group = None
            return
        if len(names) > 1:
            self._draft.findings.note(spot, f'the category "{names[-1]}" has no parents now')
        self._group = self._draft.group(names[-1], self._draft.text(names[-1]))

    def add(self, asked: Asked, kind: str, fields: Document) -> str | None:
        """Add a question of the current category."""
        question = {"id": self._draft.id_for(asked.name), "type": kind, "group": self._group}
        return self._draft.add(asked.what, asked.spot, present(question) | asked.words | fields)

    def choice(
        self,
        asked: Asked,
        choices: Sequence[Choice],
        *,
        several: bool,
        fields: Document | None = None,
    ) -> None:
        """Add a question with options, each with its share of the grade."""
        draft, spot = self._draft, asked.spot
        point = graded(choices, several=several)
        if point is None:
            draft.findings.note(spot, "a question without a right answer, which counts nothing")
        elif several and any((choice.share or 0) < 0 for choice in choices):
            draft.findings.note(spot, "wrong answers count less than nothing, with no lower bound")
        options = {"options": draft.options(choices, spot)}
        id_ = self.add(asked, "checkbox" if several else "option", options | (fields or {}))
        draft.scales.count(id_, (point or 0) * asked.grade, self._group)

    def truth(self, asked: Asked, *, right: bool) -> None:
        """Add a statement that is true or false."""
        choices = [
            Choice("true", self._draft.own("Верно", "True"), share=Fraction(right)),
            Choice("false", self._draft.own("Неверно", "False"), share=Fraction(not right)),
        ]
        self.choice(asked, choices, several=False)

    def written(
        self, asked: Asked, answers: Sequence[tuple[str, Fraction]], *, number: bool = False
    ) -> None:
        """Add a question whose answer is written. The first that gives most is the right one."""
        draft = self._draft
        best = max(answers, key=lambda answer: answer[1], default=None)
        for answer in answers:
            if answer is not best:
                draft.findings.lost(asked.spot, f'another accepted answer, "{answer[0]}"')
        right = draft.text(best[0]) if best and best[1] > 0 else None
        field = present({"input": "number" if number else None, "correct": right})
        id_ = self.add(asked, "text", {"fields": [field]})
        if right:
            draft.scales.count(id_, asked.grade, self._group)

    def matching(
        self, asked: Asked, pairs: Sequence[tuple[Document, str]], others: Sequence[str]
    ) -> None:
        """Add an option question for each pair; all answers are the options of each."""
        draft = self._draft
        answers = list(dict.fromkeys([answer for _, answer in pairs] + list(others)))
        if len(answers) > MAX_OPTIONS:
            draft.findings.lost(asked.spot, f"pairs with more than {MAX_OPTIONS} answers")
            return
        whole = asked.words.get("html") or asked.words["text"]
        for number, (stem, answer) in enumerate(pairs, 1):
            choices = [
                Choice(str(value), draft.text(said), share=Fraction(said == answer))
                for value, said in enumerate(answers, 1)
            ]
            html = stem.get("html") or draft.html(dict(whole), asked.spot)
            part = asked._replace(
                what="pair of a matching question",
                words=stem | present({"html": html}),
                name=f"{asked.name}-{number}" if asked.name else "",
                grade=asked.grade / len(pairs),
            )
            self.choice(part, choices, several=False)


_CONTEXTS = frozenset({"$course$", "$system$", "$module$", "$cat1$", "$cat2$", "top"})
"""Names in the path of a category that say only where in Moodle it lies."""
