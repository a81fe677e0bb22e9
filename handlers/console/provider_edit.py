"""`…/edit/`, `…/keys/` and `…/limit/`: what is agreed with a provider, its keys and its limit."""

from datetime import timedelta
from http import HTTPStatus
from typing import Any

from tornado.web import HTTPError

from handlers.console.base import plain
from handlers.console.provider_forms import (
    AgreementForm,
    LimitForm,
    changed_fields,
    form_data,
)
from handlers.console.provider_logos import MAX_UPLOAD, LogoUpload
from handlers.console.provider_page import PROVIDER, ProviderPage, path_of
from widget_gateway.domain.console.limits import Limit
from widget_gateway.domain.console.roles import Permission
from widget_gateway.domain.console.trail import Deed
from widget_gateway.domain.errors import LimitRequestVoidError, PriceInvalidError, TestNotFoundError
from widget_gateway.domain.ids import parse_uuid
from widget_gateway.domain.partners.providers import Provider

OVERLAPS = {"0": timedelta(0), "1": timedelta(hours=1), "24": timedelta(hours=24)} | {
    "168": timedelta(days=7)
}
"""How long old keys stay valid, by the hours that the form has."""


class EditHandler(LogoUpload, ProviderPage):
    """What is agreed with a provider."""

    tab = "edit"
    looks = Permission.PROVIDERS_CHANGE
    changes = Permission.PROVIDERS_CHANGE
    max_body_bytes = MAX_UPLOAD

    async def get(self, provider: str) -> None:
        """Show the form."""
        found = await self.find_provider(provider)
        form = AgreementForm(None, self.language, await self._tests(found), **form_data(found))
        self._show(found, form, HTTPStatus.OK)

    async def post(self, provider: str) -> None:
        """Change what the operator has changed, and enable or disable (`do`) the provider."""
        found = await self.find_provider(provider)
        deed = self.one_field("do")
        if deed in ("enable", "disable"):
            await self._enable(found, is_enabled=deed == "enable")
        else:
            await self._save(found)

    async def _save(self, found: Provider) -> None:
        form = AgreementForm(self.fields(), self.language, await self._tests(found))
        logo, fault = self.read_logo()
        if not form.validate() or fault is not None:
            self._show(found, form, HTTPStatus.UNPROCESSABLE_ENTITY, fault)
            return
        changes, conflicts = changed_fields(form, found)
        if conflicts:
            self._tell_conflicts(form, found, changes, conflicts)
            return
        if logo is not None:
            await self.services.providers.keep_logo(logo)
            changes["brand_logo"] = logo.digest
        elif self.one_field("remove_logo"):
            changes["brand_logo"] = None
        try:
            await self._change(found, changes)
        except PriceInvalidError:
            form.refuse("price", self.text("providers.price_unfit"))
        except TestNotFoundError:
            form.refuse("main_tests", self.text("refusals.test_not_found"))
        else:
            self.go(self.request.path, "providers.done_edit")
            return
        self._show(found, form, HTTPStatus.UNPROCESSABLE_ENTITY)

    def _tell_conflicts(
        self, form: AgreementForm, found: Provider, changes: dict[str, Any], conflicts: list[str]
    ) -> None:
        for name in conflicts:
            form.refuse(name, self.text("providers.conflict"))
        # What only others have changed is shown as they left it.
        for name, stored in form_data(found).items():
            if name not in changes:
                form[name].data = stored
        self._show(found, form, HTTPStatus.CONFLICT)

    async def _change(self, found: Provider, changes: dict[str, Any]) -> None:
        if not changes:
            return
        before = {name: getattr(found, name) for name in changes}
        async with self.acting(
            Deed.PROVIDER_UPDATE,
            f"provider {found.slug}",
            provider=found.slug,
            before=plain(before),
        ) as entry:
            changed = await self.services.providers.update(found.slug, changes)
            entry.after = plain({name: getattr(changed, name) for name in changes})

    async def _enable(self, found: Provider, *, is_enabled: bool) -> None:
        deed = Deed.PROVIDER_ENABLE if is_enabled else Deed.PROVIDER_DISABLE
        async with self.acting(deed, f"provider {found.slug}", provider=found.slug):
            await self.services.providers.update(found.slug, {"enabled": is_enabled})
        self.go(self.request.path, "providers.done_edit")

    async def _tests(self, found: Provider) -> list[str]:
        known = [state.slug for state in await self.services.catalogue.list_states()]
        # Former gateways did not check the names of an agreement, so they may be unknown.
        return list(dict.fromkeys((*known, *found.main_tests, *found.bonus_tests)))

    def _show(
        self,
        found: Provider,
        form: AgreementForm,
        status: HTTPStatus,
        logo_fault: str | None = None,
    ) -> None:
        self.show_page(
            "provider_edit.html",
            found,
            status=status,
            form=form,
            logo_fault=logo_fault,
            logo=found.brand_logo,
        )


class KeysHandler(ProviderPage):
    """Which keys there are, and new ones."""

    tab = "keys"
    looks = Permission.KEYS_CHANGE
    changes = Permission.KEYS_CHANGE

    async def get(self, provider: str) -> None:
        """Show what is known of the keys."""
        found = await self.find_provider(provider)
        keys = await self.services.providers.list_keys(found.slug)
        self.show_page(
            "provider_keys.html",
            found,
            keys=keys,
            now=self.services.clock(),
            overlaps=list(OVERLAPS),
        )

    async def post(self, provider: str) -> None:
        """Make new keys, and show them only now."""
        found = await self.find_provider(provider)
        hours = self.one_field("overlap")
        overlap = OVERLAPS.get(hours)
        if overlap is None:
            raise HTTPError(HTTPStatus.UNPROCESSABLE_ENTITY)
        async with self.acting(
            Deed.KEYS_ROTATE, f"provider {found.slug}", provider=found.slug
        ) as entry:
            keys = await self.services.providers.rotate_keys(found.slug, overlap)
            entry.after = {"old_keys_valid_hours": int(hours)}
        self.show("provider_keys_new.html", slug=found.slug, keys=keys, hints=[])


class LimitHandler(ProviderPage):
    """How many accesses a provider may use; a second admin confirms where a setting asks it."""

    tab = "limit"
    looks = Permission.PROVIDERS_CHANGE
    changes = Permission.PROVIDERS_CHANGE

    async def get(self, provider: str) -> None:
        """Show the limit, and the request that waits."""
        found = await self.find_provider(provider)
        form = LimitForm(
            None, self.language, access_limit=found.access_limit, overdraft=found.overdraft
        )
        await self._show(found, form, HTTPStatus.OK)

    async def post(self, provider: str) -> None:
        """Set a limit or ask for it; confirm or reject a request (`do`)."""
        found = await self.find_provider(provider)
        request = parse_uuid(self.one_field("request"))
        deed = self.one_field("do")
        limits = self.services.limits
        subject = f"provider {found.slug}"
        if deed in ("confirm", "reject"):
            if request is None:
                raise LimitRequestVoidError
            kind = Deed.LIMIT_CONFIRM if deed == "confirm" else Deed.LIMIT_REJECT
            async with self.acting(kind, subject, provider=found.slug) as entry:
                if deed == "confirm":
                    done = await limits.confirm(found.slug, request, self.account)
                else:
                    done = await limits.reject(found.slug, request)
                entry.after = plain(done.after) | {"asked_by": done.login}
            self.go(self.request.path, f"providers.done_{deed}")
            return
        form = LimitForm(self.fields(), self.language)
        if not form.validate():
            await self._show(found, form, HTTPStatus.UNPROCESSABLE_ENTITY)
            return
        wanted = Limit(
            accesses=int(form.access_limit.data or 0), overdraft=int(form.overdraft.data or 0)
        )
        before = plain(Limit(accesses=found.access_limit, overdraft=found.overdraft))
        kind = Deed.LIMIT_REQUEST if limits.needs_approval else Deed.PROVIDER_UPDATE
        async with self.acting(kind, subject, provider=found.slug, before=before) as entry:
            if limits.needs_approval:
                await limits.ask(found, wanted, self.account)
            else:
                await limits.set(found, wanted)
            entry.after = plain(wanted)
        done_key = "done_ask" if limits.needs_approval else "done_limit"
        self.go(path_of(found.slug, "limit"), f"providers.{done_key}")

    async def _show(self, found: Provider, form: LimitForm, status: HTTPStatus) -> None:
        waiting = await self.services.limits.find(found.slug)
        is_own = waiting is not None and waiting.account == self.account.id
        self.show_page(
            "provider_limit.html",
            found,
            status=status,
            form=form,
            waiting=waiting,
            is_own=is_own,
            needs_approval=self.services.limits.needs_approval,
        )


ROUTES = [
    (rf"{PROVIDER}edit/", EditHandler),
    (rf"{PROVIDER}keys/", KeysHandler),
    (rf"{PROVIDER}limit/", LimitHandler),
]
