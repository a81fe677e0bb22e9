"""`…/webhooks/`: where a provider's events are sent, the log of deliveries, and replays."""

import re
from datetime import UTC, date, datetime, time, timedelta
from http import HTTPStatus
from typing import Any

from wtforms import StringField
from wtforms.validators import InputRequired, Length, NumberRange

from handlers.console.forms import ConsoleForm, WholeNumberField
from handlers.console.provider_invoices import read_day
from handlers.console.provider_page import (
    PAGE,
    PROVIDER,
    ProviderPage,
    path_of,
    without_secrets,
)
from widget_gateway.domain.console.roles import Permission
from widget_gateway.domain.console.trail import Deed
from widget_gateway.domain.errors import DeliveryNotFoundError, WebhookUrlInvalidError
from widget_gateway.domain.partners.providers import Caller, Provider
from widget_gateway.domain.partners.webhooks import DeliveryState

MAX_OVERLAP_H = 720
"""The longest overlap of two secrets, in hours: a month."""

_DELIVERY = re.compile(r"msg_[0-9a-f]{32}", re.ASCII)


class TargetForm(ConsoleForm):
    """The URL of a webhook."""

    url = StringField(validators=[InputRequired(), Length(max=2_000)])


class OverlapForm(ConsoleForm):
    """For how many hours events are signed with the old secret, too."""

    overlap = WholeNumberField(
        validators=[InputRequired(), NumberRange(min=0, max=MAX_OVERLAP_H)], default=24
    )


class WebhooksPage(ProviderPage):
    """What the page of webhooks and its forms share."""

    tab = "webhooks"

    async def show_webhooks(
        self, provider: Provider, *, status: HTTPStatus = HTTPStatus.OK, **values: Any
    ) -> None:
        """Show the webhook and a page of its deliveries. `values` are forms with faults."""
        state = next((each for each in DeliveryState if each == self.one_field("state")), None)
        after = self.one_field("after") if self.request.method == "GET" else ""
        page, following = await self.services.webhooks.list_page(
            Caller(provider, sandbox=self.is_sandbox), state=state, limit=PAGE, after=after or None
        )
        may_set = self.may(Permission.KEYS_CHANGE)
        url = provider.webhook_url
        filters = {"state": state.value if state else None}
        self.show_page(
            "provider_webhooks.html",
            provider,
            status=status,
            **{
                "path": path_of(provider.slug, self.tab),
                "url": url if may_set else without_secrets(url),
                "may_set": may_set,
                "may_replay": self.may(Permission.WEBHOOKS_REPLAY),
                "target": TargetForm(None, self.language, url=url or ""),
                "overlap": OverlapForm(None, self.language),
                "since": datetime.now(UTC).date().isoformat(),
                "since_fault": None,
                "deliveries": page,
                "state": state.value if state else "",
                "states": [each.value for each in DeliveryState],
                "next_url": following and self.here(**filters, after=following),
                "first_url": self.here(**filters) if after else None,
            }
            | values,
        )


class WebhooksHandler(WebhooksPage):
    """The webhook and the log of its deliveries, newest first."""

    async def get(self, provider: str) -> None:
        """Show them."""
        await self.show_webhooks(await self.find_provider(provider))


class TargetHandler(WebhooksPage):
    """Sets the webhook, turns it off, or makes a new secret, which is shown once."""

    changes = Permission.KEYS_CHANGE

    async def post(self, provider: str) -> None:
        """Do what the form's button says."""
        found = await self.find_provider(provider)
        deed = self.one_field("do")
        if deed == "off":
            await self._turn_off(found)
        elif deed == "rotate":
            await self._rotate(found)
        else:
            await self._set(found)

    async def _set(self, provider: Provider) -> None:
        form = self.form(TargetForm)
        if not form.validate():
            await self.show_webhooks(provider, status=HTTPStatus.UNPROCESSABLE_ENTITY, target=form)
            return
        url = str(form.url.data).strip()
        try:
            async with self.acting(
                Deed.WEBHOOK_SET,
                f"provider {provider.slug}",
                provider=provider.slug,
                before={"url": without_secrets(provider.webhook_url)},
            ) as entry:
                secret = await self.services.webhooks.set_url(provider.slug, url)
                entry.after = {"url": without_secrets(url)}
        except WebhookUrlInvalidError:
            form.refuse("url", self.text("webhooks.bad_url"))
            await self.show_webhooks(provider, status=HTTPStatus.UNPROCESSABLE_ENTITY, target=form)
            return
        self._show_secret(provider, secret)

    async def _rotate(self, provider: Provider) -> None:
        form = self.form(OverlapForm)
        if not form.validate() or form.overlap.data is None:
            await self.show_webhooks(provider, status=HTTPStatus.UNPROCESSABLE_ENTITY, overlap=form)
            return
        hours = int(form.overlap.data)
        async with self.acting(
            Deed.WEBHOOK_SECRET_ROTATE, f"provider {provider.slug}", provider=provider.slug
        ) as entry:
            secret = await self.services.webhooks.rotate_secret(
                provider.slug, timedelta(hours=hours)
            )
            entry.after = {"overlap_hours": hours}
        self._show_secret(provider, secret)

    async def _turn_off(self, provider: Provider) -> None:
        async with self.acting(
            Deed.WEBHOOK_OFF,
            f"provider {provider.slug}",
            provider=provider.slug,
            before={"url": without_secrets(provider.webhook_url)},
        ) as entry:
            await self.services.webhooks.turn_off(provider.slug)
            entry.after = {"url": None}
        self.go(path_of(provider.slug, self.tab), "webhooks.done_off")

    def _show_secret(self, provider: Provider, secret: str) -> None:
        back = path_of(provider.slug, self.tab)
        self.show_page(
            "provider_webhook_secret.html", provider, has_worlds=False, secret=secret, back=back
        )


class ReplayHandler(WebhooksPage):
    """Sends one delivery again, or all that failed since a day."""

    changes = Permission.WEBHOOKS_REPLAY

    async def post(self, provider: str) -> None:
        """Make them due."""
        found = await self.find_provider(provider)
        caller = Caller(found, sandbox=self.is_sandbox)
        delivery = self.one_field("delivery")
        if delivery:
            if not _DELIVERY.fullmatch(delivery):
                raise DeliveryNotFoundError
            await self._replay(caller, f"delivery {delivery}", delivery=delivery)
            return
        since = read_day(self.one_field("since"))
        if since is None:
            await self.show_webhooks(
                found,
                status=HTTPStatus.UNPROCESSABLE_ENTITY,
                since=self.one_field("since"),
                since_fault=self.text("webhooks.wrong_day"),
            )
            return
        await self._replay(caller, f"failed since {since}", since=since)

    async def _replay(
        self,
        caller: Caller,
        subject: str,
        *,
        delivery: str | None = None,
        since: date | None = None,
    ) -> None:
        moment = None if since is None else datetime.combine(since, time(), UTC)
        slug = caller.provider.slug
        async with self.acting(Deed.WEBHOOK_REPLAY, subject, provider=slug) as entry:
            count = await self.services.webhooks.replay(caller, delivery=delivery, since=moment)
            entry.after = {"replayed": count, "sandbox": caller.sandbox}
        world = "?world=sandbox" if caller.sandbox else ""
        done = "webhooks.done_replayed" if count else "webhooks.done_nothing"
        self.go(f"{path_of(slug, self.tab)}{world}", done)


ROUTES = [
    (rf"{PROVIDER}webhooks/", WebhooksHandler),
    (rf"{PROVIDER}webhooks/target/", TargetHandler),
    (rf"{PROVIDER}webhooks/replay/", ReplayHandler),
]
