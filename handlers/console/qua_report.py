"""`/console/qua/report/`: what people looked for in vain, which editors could write answers to."""

from datetime import UTC, date, datetime
from http import HTTPStatus

from wtforms import DateField
from wtforms.validators import Optional, ValidationError

from handlers.console.forms import ConsoleForm
from handlers.console.qua_users import QUA, QuaPage
from widget_gateway.domain.qua.tracking import bounds_of_days, reported_days

REPORT = f"{QUA}report/"
LISTED = 50
"""Queries in each list of the report."""

YEARS = range(2000, 2101)
"""The years that a period may be in."""


class PeriodForm(ConsoleForm):
    """The days of the report, by the UTC calendar."""

    since = DateField(validators=[Optional()])
    until = DateField(validators=[Optional()])

    def validate_since(self, field: DateField) -> None:
        """Refuse years that no search is of."""
        if field.data is not None and field.data.year not in YEARS:
            raise ValidationError(field.gettext("Not a valid date value."))

    validate_until = validate_since

    def days(self, today: date) -> tuple[date, date]:
        """Return the first and the last day."""
        return reported_days(self.since.data, self.until.data, today)


class QuaReportHandler(QuaPage):
    """The report of `qua report`, over a period."""

    changes = None

    async def get(self) -> None:
        """Show the report."""
        form = self.form(PeriodForm)
        found = None
        if form.validate():
            first, last = form.days(datetime.now(UTC).date())
            if last < first:
                form.refuse("until", self.text("qua.ends_before_it_begins"))
            else:
                form = PeriodForm(None, self.language, since=first, until=last)
                since, until = bounds_of_days(first, last)
                found = await self.services.qua_tracking.report(since, until, LISTED)
        self.show(
            "qua_report.html",
            status=HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK,
            form=form,
            found=found,
            listed=LISTED,
        )


ROUTES = [(REPORT, QuaReportHandler)]
