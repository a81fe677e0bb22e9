"""`/console/trail/`: what was done in the console and at the portal's API, filtered, and as CSV."""

import re
from datetime import UTC, datetime, time, timedelta
from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from wtforms import DateField, StringField
from wtforms.validators import Length, Optional, ValidationError

from handlers.console.base import ConsoleHandler
from handlers.console.forms import ConsoleForm
from handlers.console.trail_lines import ShownLine, csv_of, shown
from widget_gateway.domain.console.roles import Permission
from widget_gateway.domain.console.trail import Deed, Ending, TrailPlace
from widget_gateway.domain.errors import CursorInvalidError
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.portal.audit import AuditAction
from widget_gateway.services.console.trail_reader import Source, Wish

TRAIL = "/console/trail/"
PAGE = 50
"""Entries on a page."""

YEARS = range(2000, 2101)
"""The years that a period may be in."""

CSV = "text/csv; charset=UTF-8"

_PLACE = re.compile(r"([0-9]{1,14})-([0-9a-f]{24})")
_KINDS: dict[str, dict[str, Any]] = {
    **{f"deed:{deed.value}": {"deed": deed} for deed in Deed},
    **{f"action:{action.value}": {"action": action} for action in AuditAction},
    **{source.value: {"source": source} for source in Source},
}
"""What may be chosen as `what`, and the fields of the wish that it stands for."""


class FilterForm(ConsoleForm):
    """Which entries are wanted. An empty field matches any."""

    who = StringField(validators=[Length(max=256)], default="")
    what = StringField(default="")
    provider = StringField(validators=[Length(max=100)], default="")
    outcome = StringField(default="")
    since = DateField(validators=[Optional()])
    until = DateField(validators=[Optional()])

    def validate_what(self, field: StringField) -> None:
        """Refuse what is not on the list."""
        if field.data and field.data not in _KINDS:
            raise ValidationError(field.gettext("Not a valid choice."))

    def validate_outcome(self, field: StringField) -> None:
        """Refuse what is not on the list."""
        if field.data and field.data not in tuple(Ending):
            raise ValidationError(field.gettext("Not a valid choice."))

    def validate_since(self, field: DateField) -> None:
        """Refuse years that no entry is of."""
        if field.data is not None and field.data.year not in YEARS:
            raise ValidationError(field.gettext("Not a valid date value."))

    validate_until = validate_since

    @property
    def wish(self) -> Wish:
        """What is wanted; the days are of the UTC calendar, and `until` is the last of them."""
        kind = _KINDS.get(self.what.data or "", {})
        since, until = self.since.data, self.until.data
        slug = (self.provider.data or "").strip()
        return Wish(
            **kind,
            who=(self.who.data or "").strip() or None,
            provider=ProviderSlug(slug) if slug else None,
            ending=Ending(self.outcome.data) if self.outcome.data else None,
            since=None if since is None else datetime.combine(since, time(), UTC),
            until=None if until is None else datetime.combine(until, time(), UTC) + _A_DAY,
        )

    @property
    def asked(self) -> dict[str, str]:
        """The fields that are filled in, as they are written in an address."""
        values = {name: field.data for name, field in self._fields.items()}
        return {name: str(value).strip() for name, value in values.items() if value}


_A_DAY = timedelta(days=1)


class TrailHandler(ConsoleHandler):
    """The entries, newest first."""

    area = "trail"
    looks = Permission.TRAIL

    def show_trail(
        self, form: FilterForm, lines: list[ShownLine], next_place: TrailPlace | None = None
    ) -> None:
        """Show the page, with faults if the form has some."""
        is_further = bool(self.get_query_argument("after", ""))
        first_url = f"{TRAIL}?{urlencode(form.asked)}"
        self.show(
            "trail.html",
            status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK,
            form=form,
            lines=lines,
            deeds=list(Deed),
            actions=list(AuditAction),
            endings=list(Ending),
            next_url=next_place
            and f"{TRAIL}?{urlencode(form.asked | {'after': _written(next_place)})}",
            first_url=first_url if is_further else None,
        )

    def read_form(self) -> FilterForm:
        """Read the filter, and check it."""
        form = self.form(FilterForm)
        form.validate()
        since, until = form.since.data, form.until.data
        if not form.errors and since is not None and until is not None and until < since:
            form.refuse("until", self.text("trail.ends_before_it_begins"))
        return form

    async def get(self) -> None:
        """Show a page."""
        form = self.read_form()
        if form.errors:
            self.show_trail(form, [])
            return
        after = self.get_query_argument("after", "")
        place = _read(after) if after else None
        found = await self.services.trail_reader.list_page(form.wish, place, PAGE + 1)
        next_place = found[PAGE - 1].place if len(found) > PAGE else None
        self.show_trail(form, [shown(line, self.texts) for line in found[:PAGE]], next_place)


class TrailExportHandler(TrailHandler):
    """The wanted entries as CSV, which is noted in the trail itself."""

    changes = Permission.TRAIL

    async def get(self) -> None:
        """Lead to the page, since an export has to be asked for by its form."""
        self.go(TRAIL)

    async def post(self) -> None:
        """Answer with the file, while it is made."""
        form = self.read_form()
        if form.errors:
            self.show_trail(form, [])
            return
        lines = self.services.trail_reader.read_all(form.wish)
        async with self.acting(Deed.TRAIL_EXPORT, "trail", before=form.asked):
            self.set_header("Content-Disposition", 'attachment; filename="trail.csv"')
            await self.send_pieces(csv_of(lines), CSV)
        self.finish()


def _written(place: TrailPlace) -> str:
    """Write a place as it stands in an address."""
    return f"{round(place.at.timestamp() * 1000)}-{place.id}"


def _read(text: str) -> TrailPlace:
    """Read a place from an address.

    Raises:
        CursorInvalidError: it is none.
    """
    match = _PLACE.fullmatch(text)
    if match is None:
        raise CursorInvalidError
    at = datetime.fromtimestamp(0, UTC) + timedelta(milliseconds=int(match[1]))
    return TrailPlace(at, match[2])


ROUTES = [(TRAIL, TrailHandler), (f"{TRAIL}export/", TrailExportHandler)]
