"""The demo partner site and its provider, for the commands `demo` and `cluster`."""

import secrets
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import msgspec

from widget_gateway.cli.children import Child
from widget_gateway.cli.demo_console import ConsoleSignIn, prepare_operator, prepare_partner
from widget_gateway.cli.demo_languages import Language
from widget_gateway.cli.demo_qua import MISSPELLED, QuaSignIn, prepare_qua
from widget_gateway.composition.application import Backend, utc_now
from widget_gateway.domain.errors import ProviderExistsError
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.partners.providers import PaymentPolicy, Provider, TestPolicy
from widget_gateway.services.catalogue.files import (
    bundled_directory,
    files_in,
    read_definition_file,
)
from widget_gateway.settings import PREFIX, Settings

DEFAULT_SITE_PORT = 8000
PORTAL = Path(__file__).parents[2] / "examples" / "portal_site" / "server.py"

_HOME = ("127.0.0.0/8", "::1/128")
"""The networks of this machine, where the site of the demo takes webhooks."""


@dataclass(frozen=True, kw_only=True)
class DemoSite:
    """What a prepared site and its gateways are started with."""

    port: int
    gateway_port: int
    provider: ProviderSlug
    client_key: str
    webhook_secret: str
    callback_key: str
    database: Path
    networks: tuple[str, ...]
    qua: QuaSignIn
    operator: ConsoleSignIn
    partner: ConsoleSignIn

    @property
    def url(self) -> str:
        """The site's address, which is its origin, too."""
        return site_url(self.port)

    @property
    def gateway_url(self) -> str:
        """The address of the gateway that the site calls."""
        return f"http://127.0.0.1:{self.gateway_port}"

    @property
    def addresses(self) -> Mapping[str, str]:
        """What there is to open, by its name in JSON."""
        return {
            "url": self.url,
            "gateway": self.gateway_url,
            "docs": f"{self.gateway_url}/docs/",
            "qua": f"{self.gateway_url}/qua/",
            "qua_username": self.qua.username,
            "qua_password": self.qua.password,
            "console": f"{self.gateway_url}/console/",
            "console_operator": self.operator.login,
            "console_operator_password": self.operator.password,
            "console_partner": self.partner.login,
            "console_partner_password": self.partner.password,
        }

    @property
    def told(self) -> str:
        """What there is to open, for people."""
        return (
            f"  The demo partner site:  {self.url}\n"
            f"  The gateway:            {self.gateway_url}/\n"
            f"  API reference:          {self.gateway_url}/docs/\n"
            f"  Questions and answers:  {self.gateway_url}/qua/\n"
            f"    sign in as {self.qua.username}, password {self.qua.password}; "
            f"try to search for: {MISSPELLED}\n"
            f"  The console:            {self.gateway_url}/console/\n"
            f"    sign in as {self.operator.login}, password {self.operator.password}, who looks "
            "after the gateway,\n"
            f"    or as {self.partner.login}, password {self.partner.password}, who is the "
            "partner of the site\n"
        )

    @property
    def gateway_variables(self) -> Mapping[str, str]:
        """The environment variables that gateways need to work with this site."""
        return {
            f"{PREFIX}CALLBACK_KEY": self.callback_key,
            f"{PREFIX}PRIVATE_NETWORKS": ",".join(self.networks),
        }

    def child(
        self, name: str, language: Language = Language.PYTHON, *, lock: Path | None = None
    ) -> Child:
        """The process of the site, not started yet."""
        variables = {
            "PARTNER_PORT": str(self.port),
            "SITE_URL": self.url,
            "SITE_SECRET": secrets.token_hex(32),
            "SITE_DATABASE": str(self.database),
            "GATEWAY_URL": self.gateway_url,
            "GATEWAY_CLIENT_KEY": self.client_key,
            "GATEWAY_PROVIDER": self.provider,
            "GATEWAY_WEBHOOK_SECRET": self.webhook_secret,
        }
        return language.child(name, self.port, variables, lock=lock)

    def portal_child(self, name: str, port: int) -> Child:
        """The process of the intranet portal, not started yet."""
        variables = {
            "PORTAL_PORT": str(port),
            "GATEWAY_URL": self.gateway_url,
            "GATEWAY_CALLBACK_KEY": self.callback_key,
        }
        return Child(name, [sys.executable, str(PORTAL)], variables)


def site_url(port: int) -> str:
    """The site's address. Its host differs from the gateway's: two origins, as in real life."""
    return f"http://localhost:{port}"


def gateway_child(
    name: str, port: int, variables: Mapping[str, str], *, lock: Path | None = None
) -> Child:
    """The process of a gateway, not started yet."""
    command = [sys.executable, "-m", "widget_gateway", "serve", "--port", str(port)]
    return Child(name, command, variables, lock=lock)


def taking_webhooks(settings: Settings) -> Settings:
    """The settings with which webhooks may also lead to a site on this machine."""
    networks = (*settings.private_networks, *_HOME)
    return msgspec.structs.replace(settings, private_networks=networks)


async def prepare_site(
    backend: Backend, settings: Settings, *, site_port: int, gateway_port: int
) -> DemoSite:
    """Import the bundled tests, make the demo's provider and users, and give them new keys.

    The settings, also those of the backend, are made by `taking_webhooks`.
    """
    services = backend.services
    for path in files_in(bundled_directory())[0]:
        await services.public.catalogue.add(path, read_definition_file(path))
    # A site at another port has another origin, so it is another provider.
    slug = ProviderSlug("demo" if site_port == DEFAULT_SITE_PORT else f"demo-{site_port}")
    partner = Provider(
        slug=slug,
        name="Demo College",
        created_at=utc_now(),
        origins=(site_url(site_port),),
        payment_policy=PaymentPolicy.POSTPAID,
        test_policy=TestPolicy.UNLIMITED,
    )
    try:
        keys = await services.partner.providers.create(partner)
    except ProviderExistsError:
        keys = await services.partner.providers.rotate_keys(slug, timedelta(0))
    return DemoSite(
        port=site_port,
        gateway_port=gateway_port,
        provider=slug,
        client_key=keys.client_key,
        webhook_secret=await services.partner.webhooks.set_url(
            slug, f"{site_url(site_port)}/webhook"
        ),
        # The demo may invent a key; a real portal and its gateway have to agree on it.
        callback_key=settings.callback_key or secrets.token_urlsafe(),
        database=settings.data_path.resolve() / f"{slug}-site.sqlite3",
        networks=settings.private_networks,
        qua=await prepare_qua(backend),
        operator=await prepare_operator(backend),
        partner=await prepare_partner(backend, slug),
    )
