"""`cluster`: runs three members, two gateways and the demo site, with a page to kill them."""

import asyncio
import secrets
import signal
import sys
from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import click
import msgspec
from tornado.httpserver import HTTPServer

from storage.mongod.replica_set import ELECTION_TIMEOUT_MS, ReplicaSet
from widget_gateway.cli.children import end_leftover
from widget_gateway.cli.cluster_page import make_page
from widget_gateway.cli.cluster_parts import ChildPart, MemberPart, Parts
from widget_gateway.cli.demo_site import (
    DEFAULT_SITE_PORT,
    DemoSite,
    gateway_child,
    prepare_site,
    taking_webhooks,
)
from widget_gateway.cli.parameter_types import DurationType
from widget_gateway.cli.running import json_option, load_settings, print_json, refusals_told
from widget_gateway.composition.application import open_backend
from widget_gateway.data_directory import check_database_directory
from widget_gateway.embedded_secrets import find_secrets
from widget_gateway.server import listen_on
from widget_gateway.settings import PREFIX, Settings

DEFAULT_PAGE_PORT = 8890
LOOK_SECONDS = 0.5
"""Seconds between two looks at all parts, after which changes are printed."""

_PORT = click.IntRange(1, 65534)


@click.command()
@click.option(
    "--port",
    type=_PORT,
    help="The first gateway's port (default: 8888); the second has the next one.",
)
@click.option("--site-port", type=_PORT, default=DEFAULT_SITE_PORT, show_default=True)
@click.option("--page-port", type=_PORT, default=DEFAULT_PAGE_PORT, show_default=True)
@click.option(
    "--election-timeout",
    type=DurationType(),
    default=timedelta(milliseconds=ELECTION_TIMEOUT_MS),
    help="How long members wait for a silent primary (default: 10s, as MongoDB's).",
)
@json_option
def cluster(
    *,
    port: int | None,
    site_port: int,
    page_port: int,
    election_timeout: timedelta,
    as_json: bool,
) -> None:
    """Run a replica set, two gateways and the demo site, with a page to kill any of them.

    It is a rehearsal on one machine, below the data directory. Ctrl-C ends it.
    """
    loaded = taking_webhooks(load_settings(as_json=as_json))
    # The cluster has a directory of its own, since the database of `demo` is in the data directory.
    directory = loaded.data_path.resolve() / "cluster"
    settings = msgspec.structs.replace(
        loaded, data_dir=str(directory), mongodb_uri=None, port=port or loaded.port
    )
    replica_set = ReplicaSet(
        directory / "mongodb",
        election_timeout_ms=max(1, round(election_timeout / timedelta(milliseconds=1))),
        executable=Path(loaded.mongod) if loaded.mongod else None,
    )
    with refusals_told(as_json=as_json):
        for where in (loaded, settings):
            check_database_directory(where, creates=True)
        asyncio.run(_run(settings, replica_set, site_port, page_port, as_json=as_json))
    sys.exit(0)


async def _run(
    settings: Settings, replica_set: ReplicaSet, site_port: int, page_port: int, *, as_json: bool
) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with AsyncExitStack() as stack:
        for lock in _locks(settings):
            await end_leftover(lock)
        stack.push_async_callback(asyncio.to_thread, replica_set.stop)
        await asyncio.to_thread(replica_set.start)
        kept = find_secrets(settings)
        settings = msgspec.structs.replace(
            settings,
            mongodb_uri=replica_set.uri,
            jwt_secret=kept.jwt_secret,
            pin_pepper=kept.pin_pepper,
        )
        async with open_backend(settings) as backend:
            site = await prepare_site(
                backend, settings, site_port=site_port, gateway_port=settings.port
            )
        parts = await _start_parts(stack, settings, replica_set, site)
        token = secrets.token_urlsafe()
        url = f"http://127.0.0.1:{page_port}"
        about = {
            "url": url,
            "site": site.url,
            "gateways": [f"http://127.0.0.1:{settings.port + n}" for n in (0, 1)],
            "mongodb_uri": replica_set.uri,
        }
        page = HTTPServer(make_page(parts, port=page_port, token=token, about=about))
        page.add_sockets(listen_on(page_port, "127.0.0.1"))
        stack.push_async_callback(page.close_all_connections)
        stack.callback(page.stop)
        if as_json:
            print_json(dict(site.addresses) | about | {"token": token})
            sys.stdout.flush()
            await stop.wait()
        else:
            click.echo(f"\n  What can be killed:     {url}\n{site.told}  Ctrl-C ends it.\n")
            await _tell_changes(parts, stop)


async def _start_parts(
    stack: AsyncExitStack, settings: Settings, replica_set: ReplicaSet, site: DemoSite
) -> Parts:
    """Start the gateways and the site; leaving the stack ends them, the site first."""
    locks = _locks(settings)
    variables = {
        f"{PREFIX}MONGODB_URI": replica_set.uri,
        f"{PREFIX}DATA_DIR": settings.data_dir,
        f"{PREFIX}JWT_SECRET": str(settings.jwt_secret),
        f"{PREFIX}PIN_PEPPER": str(settings.pin_pepper),
        **site.gateway_variables,
    }
    children = [
        gateway_child(
            f"gateway-{n}",
            settings.port + n - 1,
            variables,
            lock=locks[n - 1],
        )
        for n in (1, 2)
    ]
    children.append(site.child("site", lock=locks[-1]))
    addresses = [f"http://127.0.0.1:{settings.port + n}" for n in (0, 1)] + [site.url]
    for child in children:
        stack.push_async_callback(child.stop)
        await child.start()
    return Parts(
        [
            *(MemberPart(member, replica_set) for member in replica_set.members),
            *(
                ChildPart(child, address)
                for child, address in zip(children, addresses, strict=True)
            ),
        ]
    )


def _locks(settings: Settings) -> list[Path]:
    """The lock files, by which the next command finds what a killed one has left running."""
    settings.data_path.mkdir(mode=0o700, parents=True, exist_ok=True)
    return [settings.data_path / f"{name}.lock" for name in ("gateway-1", "gateway-2", "site")]


async def _tell_changes(parts: Parts, stop: asyncio.Event) -> None:
    """Print a line for each part whose state has changed, until `stop` is set."""
    known: dict[str, str] = {}
    while not stop.is_set():
        for name, state in (await parts.states()).items():
            if known.get(name) != state:
                click.echo(f"  {name} is {state}")
                known[name] = state
        try:
            await asyncio.wait_for(stop.wait(), LOOK_SECONDS)
        except TimeoutError:
            continue
