"""`qua spell`: corrects lines of standard input as the search corrects queries."""

import json
import sys

import click

from widget_gateway.cli.running import json_option, load_settings, refusals_told
from widget_gateway.data_directory import check_data_directory
from widget_gateway.services.spelling.dictionary import find_dictionary, load_dictionary
from widget_gateway.services.spelling.speller import Speller
from widget_gateway.services.spelling.standard_words import StandardWords


@click.command()
@json_option
def spell(*, as_json: bool) -> None:
    """Correct each line of standard input as the search would, and print a line for each.

    It uses only the dictionary, while a search also knows the words of its documents. With --json
    each line is an object that tells whether the text was changed.
    """
    settings = load_settings(as_json=as_json)
    with refusals_told(as_json=as_json):
        check_data_directory(settings)
        if find_dictionary(settings.data_path) is None:
            click.echo("The dictionary is being made, this once; it takes a minute.", err=True)
        dictionary = load_dictionary(settings.data_path)
    speller = Speller(dictionary, StandardWords().standing)

    for line in sys.stdin.buffer:
        corrected = speller.correct(line.decode(errors="replace").rstrip("\r\n"))
        told = {"text": corrected.text, "changed": corrected.changed}
        text = json.dumps(told, ensure_ascii=False) if as_json else corrected.text
        click.echo(text.encode())  # UTF-8, like the input, whatever the terminal's encoding is.
