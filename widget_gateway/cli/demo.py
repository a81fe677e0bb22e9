"""`demo`: the gateway and the demo partner site, with the bundled tests and a demo provider."""

import asyncio
import contextlib
import os
import secrets
import signal
import sys
from asyncio.subprocess import Process
from datetime import timedelta
from pathlib import Path

import click

from widget_gateway.app import Backend, open_backend, utc_now
from widget_gateway.cli.running import CommandError, json_option, load_settings, print_json
from widget_gateway.domain.errors import GatewayError, ProviderExistsError, SettingsError
from widget_gateway.domain.ids import ProviderSlug
from widget_gateway.domain.providers import PaymentPolicy, Provider, TestPolicy
from widget_gateway.services.catalogue import (
    bundled_directory,
    definition_files,
    read_definition_file,
)
from widget_gateway.settings import Settings

PARTNER_SITE = Path(__file__).parents[2] / "examples" / "partner_site" / "server.py"
DEFAULT_SITE_PORT = 8000


@click.command()
@click.option("--port", type=click.IntRange(1, 65535), help="Of the gateway (default: 8888).")
@click.option(
    "--site-port", type=click.IntRange(1, 65535), default=DEFAULT_SITE_PORT, show_default=True
)
@json_option
def demo(*, port: int | None, site_port: int, as_json: bool) -> None:
    """Run everything on this machine and print the address to open. Ctrl-C ends it."""
    settings = load_settings(as_json=as_json)
    try:
        status = asyncio.run(_run(settings, port or settings.port, site_port, as_json=as_json))
    except GatewayError as error:
        raise CommandError(error, as_json=as_json) from error
    sys.exit(status)


async def _run(settings: Settings, port: int, site_port: int, *, as_json: bool) -> int:
    # One address for the gateway, another for the site: two origins, as in real life.
    gateway_url = f"http://127.0.0.1:{port}"
    site_url = f"http://localhost:{site_port}"
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    async with contextlib.AsyncExitStack() as stack:
        # The backend stays open, and with it the embedded mongod while the gateway restarts.
        backend = await stack.enter_async_context(open_backend(settings))
        # A site at another port is another origin, so another provider.
        slug = ProviderSlug("demo" if site_port == DEFAULT_SITE_PORT else f"demo-{site_port}")
        client_key = await _prepare(backend, slug, site_url)
        # The demo alone may make one up: a real portal and its gateway have to agree on it.
        callback_key = settings.callback_key or secrets.token_urlsafe()
        made_up = {} if settings.callback_key else {"WIDGET_GATEWAY_CALLBACK_KEY": callback_key}
        processes = [
            await _start(stack, ["-m", "widget_gateway", "serve", "--port", str(port)], made_up),
            await _start(
                stack,
                [str(PARTNER_SITE)],
                {
                    "PARTNER_PORT": str(site_port),
                    "GATEWAY_URL": gateway_url,
                    "GATEWAY_CLIENT_KEY": client_key,
                    "GATEWAY_CALLBACK_KEY": callback_key,
                    "GATEWAY_PROVIDER": slug,
                },
            ),
        ]
        if as_json:
            print_json({"url": site_url, "gateway": gateway_url})
        else:
            click.echo(f"\n  The demo partner site:  {site_url}\n  Ctrl-C ends it.\n")
        sys.stdout.flush()
        ended = [asyncio.ensure_future(one.wait()) for one in processes]
        stopping = asyncio.ensure_future(stop.wait())
        await asyncio.wait([stopping, *ended], return_when=asyncio.FIRST_COMPLETED)
        for task in (stopping, *ended):
            task.cancel()
    return 0 if stop.is_set() else 1


async def _prepare(backend: Backend, slug: ProviderSlug, site_url: str) -> str:
    """Import the bundled tests and see to it that there is a demo provider; returns its new key."""
    services = backend.services
    for path in definition_files([bundled_directory()]):
        await services.catalogue.add(path, read_definition_file(path))
    partner = Provider(
        slug=slug,
        name="Demo College",
        created_at=utc_now(),
        origins=(site_url,),
        payment_policy=PaymentPolicy.POSTPAID,
        test_policy=TestPolicy.UNLIMITED,
    )
    try:
        keys = await services.providers.create(partner)
    except ProviderExistsError:
        keys = await services.providers.rotate_keys(slug, timedelta(0))
    return keys.client_key


async def _start(
    stack: contextlib.AsyncExitStack, arguments: list[str], variables: dict[str, str]
) -> Process:
    """Start a Python process that prints a line when it is ready, and end it with the stack."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        *arguments,
        env=os.environ | {"PYTHONUNBUFFERED": "1"} | variables,
        stdout=asyncio.subprocess.PIPE,
        start_new_session=True,  # Ctrl-C reaches the demo only, which ends them in order
    )
    stack.push_async_callback(_end, process)
    assert process.stdout is not None  # noqa: S101 - it is a pipe, as asked above
    line = await process.stdout.readline()
    if not line:
        raise SettingsError(f"{' '.join(arguments)} did not start; see above.")
    click.echo(line.decode().rstrip(), err=True)
    return process


async def _end(process: Process) -> None:
    if process.returncode is None:
        process.terminate()
        await process.wait()
