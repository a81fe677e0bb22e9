"""`/console/attempts/`: finds attempts, and shows their state; answers only on a noted request."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from wtforms import BooleanField, StringField
from wtforms.validators import Length

from handlers.console.base import ConsoleHandler
from handlers.console.forms import ConsoleForm
from widget_gateway.domain.catalogue.answers import Answer
from widget_gateway.domain.catalogue.questions import Question, localized
from widget_gateway.domain.console.roles import Permission
from widget_gateway.domain.console.trail import Deed
from widget_gateway.domain.errors import AttemptNotFoundError, ResultNotFoundError
from widget_gateway.domain.ids import AttemptId, ProviderSlug, ResultKey, UserId, parse_uuid
from widget_gateway.domain.partners.users import UserPlace
from widget_gateway.services.console.attempts import FoundAttempt

ATTEMPTS = "/console/attempts/"
PAGE = 50
"""Attempts, and results, of a user that the page shows."""

_KEY = r"(?P<kind>attempt|result)/(?P<key>[0-9A-Fa-f-]{36})/"


class FindForm(ConsoleForm):
    """By what an attempt is looked for: a key, or a provider and its user."""

    key = StringField(validators=[Length(max=100)], default="")
    provider = StringField(validators=[Length(max=100)], default="")
    user_id = StringField(validators=[Length(max=256)], default="")
    sandbox = BooleanField()

    @property
    def place(self) -> UserPlace | None:
        """The user that is looked for, if one is named."""
        slug, user_id = (self.provider.data or "").strip(), self.user_id.data or ""
        if not slug or not user_id:
            return None
        return UserPlace(ProviderSlug(slug), bool(self.sandbox.data), UserId(user_id))


class AttemptSearchHandler(ConsoleHandler):
    """The search: by attempt, by RESULT_KEY, or by provider and user."""

    area = "attempts"
    looks = Permission.ATTEMPTS

    async def get(self) -> None:
        """Lead to the attempt of a key; list those of a user."""
        form = self.form(FindForm)
        is_asked = len(self.fields()) > 0 and form.validate()
        if is_asked and (text := (form.key.data or "").strip()):
            path = await self._path_of(text)
            if path is not None:
                self.go(path)
                return
            form.refuse("key", self.text("attempts.no_such_key"))
        place = form.place if is_asked else None
        if is_asked and place is None and (form.provider.data or form.user_id.data):
            missing = "user_id" if form.provider.data else "provider"
            form.refuse(missing, self.text("attempts.name_both"))
        found = None
        if place is not None and not form.errors:
            found = await self.services.attempts.list_of_user(place, PAGE)
        self.show(
            "attempts.html",
            status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK,
            form=form,
            place=place,
            found=found,
            page=PAGE,
        )

    async def _path_of(self, text: str) -> str | None:
        """Return the page of the attempt or result that has this key."""
        key = parse_uuid(text)
        if key is None:
            return None
        for kind, get in _GETTERS.items():
            try:
                await get(self, key)
            except (AttemptNotFoundError, ResultNotFoundError):
                continue
            return f"{ATTEMPTS}{kind}/{key}/"
        return None


async def _get_attempt(handler: ConsoleHandler, key: Any) -> FoundAttempt:
    return await handler.services.attempts.get(AttemptId(key))


async def _get_of_result(handler: ConsoleHandler, key: Any) -> FoundAttempt:
    return await handler.services.attempts.get_of_result(ResultKey(key))


_GETTERS = {"attempt": _get_attempt, "result": _get_of_result}


class AttemptHandler(ConsoleHandler):
    """One attempt, or a result whose attempt may have expired."""

    area = "attempts"
    looks = Permission.ATTEMPTS

    async def found(self, kind: str, key: str) -> FoundAttempt:
        """Return what the address names.

        Raises:
            AttemptNotFoundError, ResultNotFoundError: there is no such thing.
        """
        parsed = parse_uuid(key)
        if parsed is None:
            raise AttemptNotFoundError
        return await _GETTERS[kind](self, parsed)

    async def get(self, kind: str, key: str) -> None:
        """Show its state, without answers."""
        self.show_attempt(await self.found(kind, key), f"{ATTEMPTS}{kind}/{key}/", None)

    def show_attempt(
        self,
        found: FoundAttempt,
        base: str,
        answers: list[tuple[Question, Answer | None]] | None,
    ) -> None:
        """Show the page of an attempt."""
        test = found.definition
        title = (test and localized(test.title, self.language)) or found.test
        self.show(
            "attempt.html",
            found=found,
            title=title,
            questions=None if test is None else len(test.questions),
            of_user=None if found.user_id is None else _user_path(found),
            base=base,
            answers=answers and [self._shown(question, given) for question, given in answers],
        )

    def _shown(self, question: Question, given: Answer | None) -> dict[str, Any]:
        """Return a question's text and what was answered, in the words of the test."""
        texts = {option.name: localized(option.text, self.language) for option in question.options}
        return {
            "question": localized(question.text, self.language) or question.id,
            "given": None if given is None else [texts.get(name) or name for name in given],
        }


class AttemptAnswersHandler(AttemptHandler):
    """The answers of an attempt. Each look at them is noted in the trail."""

    looks = Permission.ANSWERS
    changes = Permission.ANSWERS

    async def get(self, kind: str, key: str) -> None:
        """Lead to the attempt, since a look at the answers has to be asked for by the form."""
        self.go(f"{ATTEMPTS}{kind}/{key}/")

    async def post(self, kind: str, key: str) -> None:
        """Show the attempt with its answers."""
        found = await self.found(kind, key)
        subject = f"result {found.result_key}" if found.id is None else f"attempt {found.id}"
        async with self.acting(Deed.ANSWERS_LOOK, subject, provider=found.provider):
            answers = await self.services.attempts.answers_of(found)
        self.show_attempt(found, f"{ATTEMPTS}{kind}/{key}/", answers)


def _user_path(found: FoundAttempt) -> str:
    """Return the address of the list of a user's attempts."""
    asked = {"provider": found.provider, "user_id": found.user_id or ""}
    return f"{ATTEMPTS}?{urlencode(asked | ({'sandbox': 'y'} if found.sandbox else {}))}"


ROUTES = [
    (ATTEMPTS, AttemptSearchHandler),
    (rf"{ATTEMPTS}{_KEY}", AttemptHandler),
    (rf"{ATTEMPTS}{_KEY}answers/", AttemptAnswersHandler),
]
