"""`/console/providers/`: the list of providers, and the registration of new ones."""

from http import HTTPStatus
from typing import Any
from urllib.parse import urlencode

from handlers.console.base import ConsoleHandler, plain
from handlers.console.provider_forms import NewProviderForm, shown_values
from handlers.console.provider_logos import MAX_UPLOAD, LogoUpload
from widget_gateway.domain.console.roles import Permission
from widget_gateway.domain.console.trail import Deed
from widget_gateway.domain.errors import (
    PriceInvalidError,
    ProviderExistsError,
    TestNotFoundError,
)
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.providers import Provider

PROVIDERS = "/console/providers/"
PAGE_SIZE = 50
MAX_SEARCH = 100
"""The most characters that are searched for."""


class ProvidersHandler(ConsoleHandler):
    """The list, by slug."""

    area = "providers"
    looks = Permission.PROVIDERS

    async def get(self) -> None:
        """Show a page of it; `q` is a part of a slug or a name."""
        search = self.get_query_argument("q", "").strip()[:MAX_SEARCH]
        after = self.get_query_argument("after", "")
        found = await self.services.providers.list_page(
            search=search, after=after, limit=PAGE_SIZE + 1
        )
        shown = found[:PAGE_SIZE]
        wanted = {"q": search} if search else {}
        following = wanted | {"after": shown[-1].slug} if len(found) > PAGE_SIZE else None
        self.show(
            "providers.html",
            providers=shown,
            search=search,
            next_url=f"{PROVIDERS}?{urlencode(following)}" if following else None,
            first_url=f"{PROVIDERS}?{urlencode(wanted)}" if after else None,
        )


class NewProviderHandler(LogoUpload, ConsoleHandler):
    """The registration of a provider."""

    area = "providers"
    looks = Permission.PROVIDERS_CHANGE
    changes = Permission.PROVIDERS_CHANGE
    max_body_bytes = MAX_UPLOAD

    async def get(self) -> None:
        """Show the form."""
        self._show(await self._form(), HTTPStatus.OK)

    async def post(self) -> None:
        """Register the provider, and show its keys, which are shown only now."""
        form = await self._form()
        logo, fault = self.read_logo()
        if form.validate() and fault is None:
            new = Provider(
                slug=ProviderSlug(str(form.slug.data)),
                created_at=self.services.clock(),
                brand_logo=None if logo is None else logo.digest,
                **form.values(),
            )
            subject = f"provider {new.slug}"
            try:
                async with self.acting(Deed.PROVIDER_CREATE, subject, provider=new.slug) as entry:
                    if logo is not None:
                        await self.services.providers.keep_logo(logo)
                    hindrances = await self.services.first_steps.hindrances(new)
                    keys = await self.services.providers.create(new)
                    entry.after = plain(shown_values(new))
            except ProviderExistsError:
                form.refuse("slug", self.text("providers.slug_taken"))
            except PriceInvalidError:
                form.refuse("price", self.text("providers.price_unfit"))
            except TestNotFoundError:
                form.refuse("main_tests", self.text("refusals.test_not_found"))
            else:
                self.show("provider_keys_new.html", slug=new.slug, keys=keys, hindrances=hindrances)
                return
        self._show(form, HTTPStatus.UNPROCESSABLE_ENTITY, fault)

    async def _form(self) -> NewProviderForm:
        tests = [state.slug for state in await self.services.catalogue.list_states()]
        sent = self.fields() if self.request.method == "POST" else None
        needs_approval = self.services.limits.needs_approval
        return NewProviderForm(sent, self.language, tests, needs_approval=needs_approval)

    def _show(self, form: NewProviderForm, status: HTTPStatus, fault: str | None = None) -> None:
        values: dict[str, Any] = {"form": form, "logo_fault": fault, "logo": None}
        self.show("provider_new.html", status=status, **values)


ROUTES = [(PROVIDERS, ProvidersHandler), (r"/console/new-provider/", NewProviderHandler)]
