"""`…/privacy/`: exports and erasures of a provider's users, and how long results are kept.

The trail has a pseudonym in place of a user's id, the same as the erasure itself.
"""

from dataclasses import asdict
from http import HTTPStatus
from typing import Any

from wtforms import BooleanField, StringField
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from handlers.base import JSON_UTF8
from handlers.console.forms import ConsoleForm, WholeNumberField
from handlers.console.provider_page import PROVIDER, ProviderPage, path_of
from handlers.console.provider_users import MAX_USER_ID
from widget_gateway.domain.console.roles import Permission
from widget_gateway.domain.console.trail import Deed
from widget_gateway.domain.errors import UserNotFoundError
from widget_gateway.domain.ids import UserId
from widget_gateway.domain.partners.providers import Caller, Provider
from widget_gateway.services.partners.accesses import UserReference

MAX_DAYS = 36_500
"""The most days for which results are kept: a century, as the command line has it."""


class ExportForm(ConsoleForm):
    """A user by the partner's own id, which is taken exactly as it is."""

    user_id = StringField(
        id="export-user_id", validators=[InputRequired(), Length(max=MAX_USER_ID)]
    )


class EraseForm(ConsoleForm):
    """A user whose id is typed a second time, because an erasure can't be undone."""

    user_id = StringField(validators=[InputRequired(), Length(max=MAX_USER_ID)])
    again = StringField(validators=[InputRequired(), Length(max=MAX_USER_ID)])


class DaysForm(ConsoleForm):
    """For how many days results are kept; none means for ever."""

    days = WholeNumberField(validators=[Optional(), NumberRange(min=1, max=MAX_DAYS)])
    confirmed = BooleanField()


class PrivacyPage(ProviderPage):
    """What the page and its forms share."""

    tab = "privacy"
    looks = Permission.PRIVACY

    async def show_privacy(
        self,
        provider: Provider,
        *,
        status: HTTPStatus = HTTPStatus.OK,
        days: int | None = None,
        **values: Any,
    ) -> None:
        """Show the page, with a preview of what would go if results were kept for `days`."""
        kept, old = await self.services.retention.preview(provider.slug, days)
        user_id = self.exact_field("user_id") if self.request.method == "GET" else ""
        self.show_page(
            "provider_privacy.html",
            provider,
            status=status,
            **{
                "path": path_of(provider.slug, self.tab),
                "export": ExportForm(None, self.language, user_id=user_id),
                "erase": EraseForm(None, self.language, user_id=user_id),
                "erased": None,
                "retention": DaysForm(None, self.language, days=kept),
                "days": kept,
                "is_preview": days is not None,
                "old": old,
                "old_results": sum(row.results for row in old),
            }
            | values,
        )

    async def refuse(self, provider: Provider, **forms: Any) -> None:
        """Show the page again, with the faults beside the fields of a form."""
        await self.show_privacy(provider, status=HTTPStatus.UNPROCESSABLE_ENTITY, **forms)

    def subject_of(self, caller: Caller, user_id: UserId) -> str:
        """Return what the trail says of a user."""
        return f"user {self.services.provider_users.pseudonym_of(caller, user_id)}"


class PrivacyHandler(PrivacyPage):
    """The page. `days` asks what would go if results were kept for so many days."""

    async def get(self, provider: str) -> None:
        """Show it."""
        found = await self.find_provider(provider)
        form = DaysForm(self.fields(), self.language)
        if not form.validate():
            await self.refuse(found, retention=form)
            return
        await self.show_privacy(found, days=form.days.data)


class ExportHandler(PrivacyPage):
    """Answers with all that is stored of a user, as the partner API does."""

    changes = Permission.PRIVACY

    async def post(self, provider: str) -> None:
        """Send the document while it is read."""
        caller = Caller(await self.find_provider(provider), sandbox=self.is_sandbox)
        form = self.form(ExportForm)
        if not form.validate():
            await self.refuse(caller.provider, export=form)
            return
        user_id = UserId(str(form.user_id.data))
        try:
            async with self.acting(
                Deed.USER_EXPORT,
                self.subject_of(caller, user_id),
                provider=caller.provider.slug,
            ):
                opened = await self.services.exports.open(caller, UserReference(user_id, None))
                self.set_header("Content-Disposition", 'attachment; filename="user.json"')
                await self.send_pieces(self.services.user_export(opened), JSON_UTF8)
            self.finish()
        except UserNotFoundError:
            form.refuse("user_id", self.text("users.not_found"))
            await self.refuse(caller.provider, export=form)


class EraseHandler(PrivacyPage):
    """Removes all that is stored of a user, as the partner API does."""

    changes = Permission.PRIVACY

    async def post(self, provider: str) -> None:
        """Erase, and show how much there was."""
        caller = Caller(await self.find_provider(provider), sandbox=self.is_sandbox)
        form = self.form(EraseForm)
        is_complete = form.validate()
        if is_complete and form.again.data != form.user_id.data:
            form.refuse("again", self.text("privacy.differs"))
        if form.errors:
            await self.refuse(caller.provider, erase=form)
            return
        user_id = UserId(str(form.user_id.data))
        async with self.acting(
            Deed.USER_ERASE, self.subject_of(caller, user_id), provider=caller.provider.slug
        ) as entry:
            erased = await self.services.erasures.erase(caller, UserReference(user_id, None))
            counts = asdict(erased)
            entry.after = counts
        await self.show_privacy(caller.provider, erased=counts)


class RetentionHandler(PrivacyPage):
    """Sets for how long results are kept. What is older goes within the next hour."""

    changes = Permission.PRIVACY

    async def post(self, provider: str) -> None:
        """Set it."""
        found = await self.find_provider(provider)
        form = self.form(DaysForm)
        if not form.validate():
            await self.refuse(found, retention=form)
            return
        days = form.days.data
        if days is not None and not form.confirmed.data:
            form.refuse("confirmed", self.text("privacy.not_confirmed"))
            await self.show_privacy(
                found, status=HTTPStatus.UNPROCESSABLE_ENTITY, days=days, retention=form
            )
            return
        async with self.acting(
            Deed.RETENTION_SET,
            f"provider {found.slug}",
            provider=found.slug,
            before={"results_kept_days": found.results_kept_days},
        ) as entry:
            await self.services.providers.update(found.slug, {"results_kept_days": days})
            entry.after = {"results_kept_days": days}
        self.go(path_of(found.slug, self.tab), "privacy.done_retention")


ROUTES = [
    (rf"{PROVIDER}privacy/", PrivacyHandler),
    (rf"{PROVIDER}privacy/export/", ExportHandler),
    (rf"{PROVIDER}privacy/erase/", EraseHandler),
    (rf"{PROVIDER}privacy/retention/", RetentionHandler),
]
