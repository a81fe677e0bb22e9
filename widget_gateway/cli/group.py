"""What all commands have in common when they fail."""

import sys
from typing import Any

import click

from storage.mongod.process import explain_refusal


class CommandGroup(click.Group):
    """A group whose commands tell in a sentence what the operating system refuses.

    It is the last resort, for instance where the output can't be written. `refusals_told` ends
    commands with better words.
    """

    def main(self, *args: Any, **kwargs: Any) -> Any:
        """Run the command line; click itself ends in silence where nobody reads the output."""
        try:
            return super().main(*args, **kwargs)
        except OSError as error:
            click.echo(f"Error: {explain_refusal(error)}", err=True)
            sys.exit(1)
