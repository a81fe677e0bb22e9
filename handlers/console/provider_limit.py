"""`…/limit/`: how many accesses a provider may use; another admin confirms if a setting asks it."""

from dataclasses import replace
from http import HTTPStatus

from handlers.console.base import plain
from handlers.console.provider_forms import LimitForm, changed_fields, form_data, show_conflicts
from handlers.console.provider_page import PROVIDER, ProviderPage
from widget_gateway.domain.console.limits import Limit
from widget_gateway.domain.console.roles import Permission
from widget_gateway.domain.console.trail import Deed
from widget_gateway.domain.errors import LimitRequestVoidError, ProviderChangedError
from widget_gateway.domain.ids import parse_uuid
from widget_gateway.domain.partners.providers import Provider


class LimitHandler(ProviderPage):
    """The limit of accesses, the overdraft, and whether there is a limit at all."""

    tab = "limit"
    looks = Permission.PROVIDERS_CHANGE
    changes = Permission.PROVIDERS_CHANGE

    async def get(self, provider: str) -> None:
        """Show the limit, and the request that waits."""
        found = await self.find_provider(provider)
        await self._show(found, LimitForm(None, self.language, **form_data(found)), HTTPStatus.OK)

    async def post(self, provider: str) -> None:
        """Set a limit or ask for it; confirm or reject a request (`do`)."""
        found = await self.find_provider(provider)
        deed = self.one_field("do")
        if deed in ("confirm", "reject"):
            await self._decide(found, is_confirmed=deed == "confirm")
        else:
            await self._save(found)

    async def _decide(self, found: Provider, *, is_confirmed: bool) -> None:
        limits = self.services.limits
        request = parse_uuid(self.one_field("request"))
        waiting = await limits.find(found.slug)
        if request is None or waiting is None or waiting.id != request:
            raise LimitRequestVoidError
        deed = Deed.LIMIT_CONFIRM if is_confirmed else Deed.LIMIT_REJECT
        before = plain(waiting.before)
        async with self.acting(
            deed, f"provider {found.slug}", provider=found.slug, before=before
        ) as entry:
            if is_confirmed:
                done = await limits.confirm(found.slug, request, self.account)
                entry.after = plain(done.after) | {"asked_by": done.login}
            else:
                done = await limits.reject(found.slug, request)
                entry.after = {"rejected": plain(done.after), "asked_by": done.login}
        done_key = "done_confirm" if is_confirmed else "done_reject"
        self.go(self.request.path, f"providers.{done_key}")

    async def _save(self, found: Provider) -> None:
        form = LimitForm(self.fields(), self.language)
        if not form.validate():
            await self._show(found, form, HTTPStatus.UNPROCESSABLE_ENTITY)
            return
        changes, conflicts = changed_fields(form, found)
        if conflicts:
            show_conflicts(form, found, changes, conflicts)
            await self._show(found, form, HTTPStatus.CONFLICT)
            return
        if not changes:
            self.go(self.request.path, "providers.done_nothing")
            return
        limits = self.services.limits
        before = Limit.of(found)
        wanted = replace(before, **changes)
        deed = Deed.LIMIT_REQUEST if limits.needs_approval else Deed.PROVIDER_UPDATE
        try:
            async with self.acting(
                deed, f"provider {found.slug}", provider=found.slug, before=plain(before)
            ) as entry:
                if limits.needs_approval:
                    await limits.ask(found, wanted, self.account)
                else:
                    await limits.set(found, wanted)
                entry.after = plain(wanted)
        except ProviderChangedError:
            # Somebody was faster by a moment, so the form meets what they have left.
            await self._save(await self.find_provider(found.slug))
            return
        done_key = "done_ask" if limits.needs_approval else "done_limit"
        self.go(self.request.path, f"providers.{done_key}")

    async def _show(self, found: Provider, form: LimitForm, status: HTTPStatus) -> None:
        waiting = await self.services.limits.find(found.slug)
        self.show_page(
            "provider_limit.html",
            found,
            status=status,
            form=form,
            waiting=waiting,
            is_own=waiting is not None and waiting.account == self.account.id,
            is_void=waiting is not None and waiting.is_void_for(found),
            needs_approval=self.services.limits.needs_approval,
        )


ROUTES = [(rf"{PROVIDER}limit/", LimitHandler)]
