"""`…/edit/`: what is agreed with a provider, and whether it is enabled."""

from http import HTTPStatus
from typing import Any

from handlers.console.base import plain
from handlers.console.provider_forms import AgreementForm, changed_fields, show_conflicts
from handlers.console.provider_logos import MAX_UPLOAD, LogoUpload
from handlers.console.provider_page import PROVIDER, ProviderPage
from widget_gateway.domain.console.roles import Permission
from widget_gateway.domain.console.trail import Deed
from widget_gateway.domain.errors import (
    PriceInvalidError,
    ProviderChangedError,
    TestNotFoundError,
)
from widget_gateway.domain.partners.providers import Provider


class EditHandler(LogoUpload, ProviderPage):
    """What is agreed with a provider, but for the limit, which has a page of its own."""

    tab = "edit"
    looks = Permission.PROVIDERS_CHANGE
    changes = Permission.PROVIDERS_CHANGE
    max_body_bytes = MAX_UPLOAD

    async def get(self, provider: str) -> None:
        """Show the form."""
        found = await self.find_provider(provider)
        form = AgreementForm(None, self.language, await self._tests(), found)
        await self._show(found, form, HTTPStatus.OK)

    async def post(self, provider: str) -> None:
        """Change what the operator has changed, and enable or disable (`do`) the provider."""
        found = await self.find_provider(provider)
        deed = self.one_field("do")
        if deed in ("enable", "disable"):
            await self._enable(found, is_enabled=deed == "enable")
        else:
            await self._save(found)

    async def _save(self, found: Provider) -> None:
        form = AgreementForm(self.fields(), self.language, await self._tests(), found)
        logo, fault = self.read_logo()
        if not form.validate() or fault is not None:
            await self._show(found, form, HTTPStatus.UNPROCESSABLE_ENTITY, fault)
            return
        changes, conflicts = changed_fields(form, found)
        if logo is not None or self.one_field("remove_logo"):
            if form.seen_values().get("brand_logo", found.brand_logo) != found.brand_logo:
                fault = self.text("providers.conflict")
            changes["brand_logo"] = None if logo is None else logo.digest
        if conflicts or fault is not None:
            show_conflicts(form, found, changes, conflicts)
            await self._show(found, form, HTTPStatus.CONFLICT, fault)
            return
        try:
            if logo is not None:
                await self.services.providers.keep_logo(logo)
            await self._change(found, changes)
        except ProviderChangedError:
            # Somebody was faster by a moment, so the form meets what they have left.
            await self._save(await self.find_provider(found.slug))
            return
        except PriceInvalidError:
            form.refuse("price", self.text("providers.price_unfit"))
        except TestNotFoundError:
            form.refuse("main_tests", self.text("refusals.test_not_found"))
        else:
            self.go(self.request.path, "providers.done_edit")
            return
        await self._show(found, form, HTTPStatus.UNPROCESSABLE_ENTITY)

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
            changed = await self.services.providers.update(found.slug, changes, seen=found)
            entry.after = plain({name: getattr(changed, name) for name in changes})

    async def _enable(self, found: Provider, *, is_enabled: bool) -> None:
        deed = Deed.PROVIDER_ENABLE if is_enabled else Deed.PROVIDER_DISABLE
        before = {"enabled": found.enabled}
        async with self.acting(
            deed, f"provider {found.slug}", provider=found.slug, before=before
        ) as entry:
            await self.services.providers.update(found.slug, {"enabled": is_enabled})
            entry.after = {"enabled": is_enabled}
        self.go(self.request.path, "providers.done_edit")

    async def _tests(self) -> list[str]:
        return [state.slug for state in await self.services.catalogue.list_states()]

    async def _show(
        self,
        found: Provider,
        form: AgreementForm,
        status: HTTPStatus,
        logo_fault: str | None = None,
    ) -> None:
        digest = found.brand_logo
        self.show_page(
            "provider_edit.html",
            found,
            status=status,
            form=form,
            logo_fault=logo_fault,
            logo=await self.services.providers.find_logo(digest) if digest else None,
        )


ROUTES = [(rf"{PROVIDER}edit/", EditHandler)]
