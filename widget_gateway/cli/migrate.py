"""`migrate`: brings the data of the former version to where this version looks for it."""

import asyncio
import signal
import sys

import click

from storage.migrations import Progress, State
from widget_gateway.cli.running import json_option, print_json, run
from widget_gateway.composition.application import Backend

_MEANINGS = {
    State.WAITING: "not begun; run `widget-gateway migrate`",
    State.COPYING: "copying; run `widget-gateway migrate` to go on",
    State.COPIED: "copied; when no gateway of the former version runs any more, run "
    "`widget-gateway migrate --finish`",
    State.FINISHING: "finishing; run `widget-gateway migrate --finish` to go on",
    State.FINISHED: "finished",
}
"""What a person is told of each state."""


@click.command()
@click.option("--dry-run", "is_dry", is_flag=True, help="Only count what is missing.")
@click.option("--status", "is_asked", is_flag=True, help="Only tell how far it is.")
@click.option("--finish", is_flag=True, help="All gateways are new: copy the rest, and end it.")
@json_option
def migrate(*, is_dry: bool, is_asked: bool, finish: bool, as_json: bool) -> None:
    """Bring data of the former version to where this version looks for it.

    Gateways work meanwhile. It can be stopped at any moment, and goes on where it was when it is
    run again. Exit status 1 if it was stopped.
    """
    if is_dry + is_asked + finish > 1:
        raise click.UsageError("--dry-run, --status and --finish exclude each other.")

    async def work(backend: Backend) -> tuple[Progress, bool]:
        stopped = _stopped_by_signals()
        if is_asked:
            return await backend.migrations.progress(), False
        if is_dry:
            return await backend.migrations.count_missing(stopped), stopped.is_set()
        return await backend.migrations.run(stopped, finish=finish), stopped.is_set()

    progress, was_stopped = run(work, as_json=as_json)
    keys = "missing" if is_dry else "added"
    if as_json:
        print_json(
            {
                "user_keys": {
                    "state": progress.state.value,
                    "users_seen": progress.seen,
                    keys: progress.added,
                },
                "stopped": was_stopped,
            }
        )
    else:
        click.echo(f"USER_KEYs: {_MEANINGS[progress.state]}")
        click.echo(f"{progress.seen} users looked at, {progress.added} keys {keys}")
    # A signal that came when all was done has stopped nothing.
    is_done = progress.state is (State.FINISHED if finish else State.COPIED)
    sys.exit(1 if was_stopped and (is_dry or not is_done) else 0)


def _stopped_by_signals() -> asyncio.Event:
    """Make an event that SIGINT and SIGTERM set, so that the batch in flight comes to its end."""
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stopped.set)
    return stopped
