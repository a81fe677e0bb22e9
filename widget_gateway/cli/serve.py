"""`serve`: runs the gateway."""

import contextlib
import os
import sys
import tempfile

import click

from widget_gateway import server
from widget_gateway.cli.running import json_option, load_settings, print_json, refusals_told
from widget_gateway.services.metrics import share_metrics
from widget_gateway.systemd import tell_ready


@click.command()
@click.option("--port", type=click.IntRange(0, 65535), help="The port; 0 takes any free one.")
@click.option("--address", help="The address to listen on.")
@click.option("--processes", type=click.IntRange(1, 64), default=1, show_default=True)
@json_option
def serve(port: int | None, address: str | None, processes: int, *, as_json: bool) -> None:
    """Run the gateway until SIGTERM; prints its address when it is ready."""
    settings = load_settings(as_json=as_json, quiet=False)
    listen_on = address or settings.address

    def on_ready(bound_port: int) -> None:
        url = f"http://{f'[{listen_on}]' if ':' in listen_on else listen_on}:{bound_port}"
        if as_json:
            print_json({"url": url, "pid": os.getpid()})
        else:
            click.echo(f"Widget Gateway is ready at {url}")
        sys.stdout.flush()
        tell_ready()

    with refusals_told(as_json=as_json), contextlib.ExitStack() as stack:
        if processes > 1:
            directory = tempfile.TemporaryDirectory(prefix="widget-gateway-metrics-")
            share_metrics(stack.enter_context(directory))
        status = server.serve(
            settings,
            port=settings.port if port is None else port,
            address=listen_on,
            processes=processes,
            on_ready=on_ready,
        )
    sys.exit(status)
