"""`test preview`: shows a test as visitors see it, before it is imported anywhere."""

import asyncio
import signal
import sys
import tempfile
from contextlib import AsyncExitStack, ExitStack
from pathlib import Path

import click
import msgspec

from widget_gateway.acceptor import Acceptor, raise_file_limit
from widget_gateway.cli.names import names_told
from widget_gateway.cli.preview_page import preview_routes
from widget_gateway.cli.previewed import Previewed
from widget_gateway.cli.running import json_option, load_settings, print_json, refusals_told
from widget_gateway.composition.application import (
    Backend,
    make_application,
    open_backend,
    utc_now,
)
from widget_gateway.domain.ids import ProviderSlug, TestSlug
from widget_gateway.domain.partners.providers import Caller, PaymentPolicy, Provider, TestPolicy
from widget_gateway.server import listen_on, make_server_of
from widget_gateway.services.catalogue.definitions import (
    Definition,
    Place,
    check_document,
    field_of,
)
from widget_gateway.settings import Settings

ADDRESS = "127.0.0.1"


@click.command()
@click.argument("test", metavar="SLUG|FILE")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=0, help="The port of the page (any free one)."
)
@json_option
def preview(*, test: str, port: int, as_json: bool) -> None:
    """Show a test in the real widget on a page of this machine; nothing is published.

    A file is read anew whenever it is saved; its faults stand beside the widget. Ctrl-C ends it.
    """
    settings = load_settings(as_json=as_json)
    path = Path(test)
    with refusals_told(as_json=as_json):
        asyncio.run(_run(settings, path if path.exists() else None, test, port, as_json=as_json))


async def _run(
    settings: Settings, path: Path | None, slug: str, port: int, *, as_json: bool
) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    stored = None if path else await _stored(settings, TestSlug(slug))
    with ExitStack() as files:
        folder = files.enter_context(tempfile.TemporaryDirectory(prefix="widget-gateway-preview-"))
        async with AsyncExitStack() as stack:
            opening = open_backend(_throw_away(settings, folder), creates=True)
            backend = await stack.enter_async_context(opening)
            previewed = Previewed(backend.services.public.catalogue)
            if stored is not None:
                await previewed.show(Path(slug), stored)
            tasks = [asyncio.ensure_future(work) for work in backend.background_work()]
            if path is not None:
                tasks.append(asyncio.ensure_future(previewed.follow(path)))
            sockets = listen_on(port, ADDRESS)
            bound: int = sockets[0].getsockname()[1]
            application = make_application(backend.services)
            caller = await _partner(backend, f"http://{ADDRESS}:{bound}")
            application.add_handlers(r".*", [*preview_routes(backend, previewed, caller, bound)])
            server = make_server_of(application)
            acceptor = Acceptor(server, sockets, raise_file_limit())
            url = f"http://{ADDRESS}:{bound}/preview/"
            if as_json:
                print_json({"url": url})
            else:
                click.echo(f"\n  The preview:  {url}\n  Ctrl-C ends it.\n")
            sys.stdout.flush()
            await stop.wait()
            acceptor.stop()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            await backend.services.public.node.tasks.cancel()
            await server.close_all_connections()


def _throw_away(settings: Settings, folder: str) -> Settings:
    """Return settings of an embedded database in this folder, which is removed at the end."""
    return msgspec.structs.replace(
        settings, mongodb_uri=None, data_dir=folder, database="preview", public_url=None
    )


async def _stored(settings: Settings, slug: TestSlug) -> Definition:
    """Return a stored test: its newest draft if that is newer than the current version.

    Raises:
        TestNotFoundError: there is no such test.
    """
    async with open_backend(settings) as backend, names_told(backend):
        catalogue = backend.services.public.catalogue
        state = await catalogue.get_state(slug)
        version = max(state.current or 0, *state.drafts, 0)
        document = await catalogue.get_document(slug, version)
    return check_document(document, lambda place: Place(slug, 1, field_of(place)))


async def _partner(backend: Backend, origin: str) -> Caller:
    """Make the provider under whose agreement the preview's attempts are begun."""
    provider = Provider(
        slug=ProviderSlug("preview"),
        name="Preview",
        created_at=utc_now(),
        origins=(origin,),
        payment_policy=PaymentPolicy.POSTPAID,
        test_policy=TestPolicy.UNLIMITED,
        allow_no_origin=True,
    )
    await backend.services.partner.providers.create(provider)
    return Caller(provider, sandbox=False)
