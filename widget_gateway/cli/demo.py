"""`demo`: runs the gateway and the demo partner site with the bundled tests and a demo provider."""

import asyncio
import contextlib
import signal
import sys

import click

from widget_gateway.cli.demo_site import DEFAULT_SITE_PORT, gateway_child, prepare_site
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
@json_option
def demo(*, port: int | None, site_port: int, as_json: bool) -> None:
    """Run everything on this machine and print the address to open. Ctrl-C ends it."""
    settings = load_settings(as_json=as_json)
    with refusals_told(as_json=as_json):
        status = asyncio.run(_run(settings, port or settings.port, site_port, as_json=as_json))
    sys.exit(status)


async def _run(settings: Settings, port: int, site_port: int, *, as_json: bool) -> int:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        # The backend stays open, so the embedded mongod runs on while the gateway restarts.
        backend = await stack.enter_async_context(open_backend(settings, creates=True))
        if backend.mongod is not None:
            stack.callback(backend.mongod.leave_within, LEAVE_S)
        site = await prepare_site(backend, settings, site_port=site_port, gateway_port=port)
        children = [gateway_child("gateway", port, site.gateway_variables), site.child("site")]
        for child in children:
            stack.push_async_callback(child.stop)
            await child.start()
        if as_json:
            print_json(site.addresses)
        else:
            click.echo(f"\n{site.told}  Ctrl-C ends it.\n")
        sys.stdout.flush()
        ended = [asyncio.ensure_future(child.wait()) for child in children]
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait([stopping, *ended], return_when=asyncio.FIRST_COMPLETED)
        for task in (stopping, *ended):
            task.cancel()
    return 0 if stop.is_set() else 1
