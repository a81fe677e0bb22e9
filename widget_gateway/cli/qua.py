"""`qua …`: questions and answers."""

import click


@click.group()
def qua() -> None:
    """Questions and answers: users, and what they search for."""
