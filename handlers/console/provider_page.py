"""What the pages of one provider share: the provider, its worlds, and the tabs between them."""

from http import HTTPStatus
from typing import Any, ClassVar, NamedTuple
from urllib.parse import urlencode, urlsplit

from tornado.web import HTTPError

from handlers.console.base import ConsoleHandler
from widget_gateway.domain.console.roles import Permission
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.providers import Caller, Provider, is_preview

PROVIDER = r"/console/providers/(?P<provider>[A-Za-z0-9][A-Za-z0-9_-]{0,63})/"
"""The pattern of a provider's first page, with which the patterns of its other pages begin."""

SANDBOX = "sandbox"
"""The value of `world` in addresses and forms that means the sandbox; any other is the live one."""

PAGE = 50
"""Rows on a page of a list."""


class Tab(NamedTuple):
    """A page of a provider: its name, which is also its folder, and who may look at it."""

    name: str
    permission: Permission
    has_worlds: bool = False
    """Whether the page shows one of the provider's worlds at a time."""


TABS = (
    Tab("overview", Permission.PROVIDER, has_worlds=True),
    Tab("users", Permission.PROVIDER, has_worlds=True),
    Tab("calls", Permission.PROVIDER, has_worlds=True),
    Tab("keys", Permission.KEYS_CHANGE),
    Tab("webhooks", Permission.PROVIDER, has_worlds=True),
    Tab("invoices", Permission.PROVIDER),
    Tab("privacy", Permission.PRIVACY, has_worlds=True),
    Tab("team", Permission.TEAM),
    Tab("edit", Permission.PROVIDERS_CHANGE),
    Tab("limit", Permission.PROVIDERS_CHANGE),
)
"""The pages of a provider in the order in which they are offered."""


def path_of(provider: str, page: str = "overview") -> str:
    """Return the address of a page of a provider."""
    folder = "" if page == "overview" else f"{page}/"
    return f"/console/providers/{provider}/{folder}"


def without_secrets(url: str | None) -> str | None:
    """Return a webhook's URL without what may be a secret in it: user, password and query."""
    if url is None:
        return None
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


class ProviderPage(ConsoleHandler):
    """A page of one provider, which may be disabled. Partners see their own provider's only."""

    area = "provider"
    looks = Permission.PROVIDER
    tab: ClassVar[str]
    """The name of the page's tab."""

    async def find_provider(self, slug: str) -> Provider:
        """Return the provider of the address.

        Raises:
            ProviderNotFoundError: there is none.
            HTTPError: it is that of previews, which is nobody's.
        """
        if is_preview(ProviderSlug(slug)):
            raise HTTPError(HTTPStatus.NOT_FOUND)
        return await self.services.providers.get(ProviderSlug(slug))

    async def find_caller(self, slug: str) -> Caller:
        """Return the provider of the address in the world that is asked for."""
        return Caller(await self.find_provider(slug), sandbox=self.is_sandbox)

    @property
    def is_sandbox(self) -> bool:
        """Whether the sandbox is asked for."""
        return self.one_field("world") == SANDBOX

    def one_field(self, name: str) -> str:
        """Return a field of the form or the query without spaces around it; empty if absent."""
        return next(iter(self.fields().getlist(name)), "").strip()

    def exact_field(self, name: str) -> str:
        """Return a field of the form or the query as it was sent; empty if absent."""
        return next(iter(self.fields().getlist(name)), "")

    def here(self, **query: str | None) -> str:
        """Return the address of this page in the same world, with what is not empty of `query`."""
        world = {"world": SANDBOX} if self.is_sandbox else {}
        given = world | {name: value for name, value in query.items() if value}
        return f"{self.request.path}?{urlencode(given)}" if given else self.request.path

    def show_page(
        self,
        template: str,
        provider: Provider,
        *,
        status: HTTPStatus = HTTPStatus.OK,
        **values: Any,
    ) -> None:
        """Answer with the page in the frame of the provider's pages."""
        of_own = self.account.provider is not None
        self.show(
            template,
            status=status,
            **{
                "area": "provider" if of_own else "providers",
                "provider": provider,
                "base": path_of(provider.slug),
                "tab": self.tab,
                "tabs": [
                    (tab.name, path_of(provider.slug, tab.name))
                    for tab in TABS
                    if self.may(tab.permission)
                ],
                "has_worlds": any(tab.has_worlds for tab in TABS if tab.name == self.tab),
                "world": SANDBOX if self.is_sandbox else "",
                "is_sandbox": self.is_sandbox,
            }
            | values,
        )
