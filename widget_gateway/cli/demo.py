"""`demo`: runs the gateway and the demo partner site with the bundled tests and a demo provider."""

import asyncio
import contextlib
import signal
import sys

import click

from widget_gateway.cli.demo_languages import Language
from widget_gateway.cli.demo_site import (
    DEFAULT_SITE_PORT,
    gateway_child,
    prepare_site,
    site_url,
    taking_webhooks,
)
from widget_gateway.cli.running import json_option, load_settings, print_json, refusals_told
from widget_gateway.composition.application import open_backend
from widget_gateway.settings import Settings

LEAVE_S = 10.0
"""Seconds that the command waits at its end for the embedded mongod, which takes one."""


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="The gateway's port (default: 8888).")
@click.option(
    "--site-port", type=click.IntRange(1, 65535), default=DEFAULT_SITE_PORT, show_default=True
)
@click.option(
    "--portal-port",
    type=click.IntRange(1, 65535),
    help="The port of the intranet portal (default: the next one after the site's).",
)
@click.option(
    "--site",
    type=click.Choice([language.value for language in Language]),
    default=Language.PYTHON.value,
    show_default=True,
    help="The language in which the server of the partner site is written.",
)
@json_option
def demo(
    *, port: int | None, site_port: int, portal_port: int | None, site: str, as_json: bool
) -> None:
    """Run everything on this machine and print the address to open. Ctrl-C ends it."""
    settings = taking_webhooks(load_settings(as_json=as_json))
    language = Language(site)
    ports = (port or settings.port, site_port, portal_port or site_port + 1)
    with refusals_told(as_json=as_json):
        language.find_program()  # before anything is started
        status = asyncio.run(_run(settings, ports, language, as_json=as_json))
    sys.exit(status)


async def _run(
    settings: Settings, ports: tuple[int, int, int], language: Language, *, as_json: bool
) -> int:
    port, site_port, portal_port = ports
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        # The backend stays open, so the embedded mongod runs on while the gateway restarts.
        backend = await stack.enter_async_context(open_backend(settings, creates=True))
        if backend.mongod is not None:
            stack.callback(backend.mongod.leave_within, LEAVE_S)
        site = await prepare_site(backend, settings, site_port=site_port, gateway_port=port)
        children = [
            gateway_child("gateway", port, site.gateway_variables),
            site.child("site", language),
            site.portal_child("portal", portal_port),
        ]
        portal = site_url(portal_port)
        for child in children:
            stack.push_async_callback(child.stop)
            await child.start()
        if as_json:
            print_json(dict(site.addresses) | {"portal": portal})
        else:
            told = f"{site.told}  An intranet portal:     {portal}\n"
            click.echo(f"\n{told}  Ctrl-C ends it.\n")
        sys.stdout.flush()
        ended = [asyncio.ensure_future(child.wait()) for child in children]
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait([stopping, *ended], return_when=asyncio.FIRST_COMPLETED)
        for task in (stopping, *ended):
            task.cancel()
    return 0 if stop.is_set() else 1
