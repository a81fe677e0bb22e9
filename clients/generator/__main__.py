"""`python -m clients.generator [--check]`."""

import argparse
import sys
from collections.abc import Callable
from pathlib import Path

from clients.generator.model import Model, read_model
from clients.generator.node import node_files
from clients.generator.php import php_files
from clients.generator.python import python_files

ROOT = Path(__file__).parents[2]

Emitter = Callable[[Model], dict[str, str]]
"""Prints the files of a language: their texts by path from the root of the repository."""

EMITTERS: tuple[Emitter, ...] = (node_files, php_files, python_files)
"""The emitters of all languages."""


def main(arguments: list[str] | None = None) -> int:
    """Write the files, or compare them. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="python -m clients.generator", description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 if any differs")
    is_check = parser.parse_args(arguments).check
    differing = stale_files(printed_files())
    for path, text in differing.items():
        if is_check:
            sys.stderr.write(f"{path} differs from what python -m clients.generator writes.\n")
        else:
            (ROOT / path).parent.mkdir(parents=True, exist_ok=True)
            (ROOT / path).write_text(text, encoding="utf-8")
            sys.stdout.write(f"{path}\n")
    return 1 if is_check and differing else 0


def printed_files() -> dict[str, str]:
    """The texts of all files that are generated, by path from the root of the repository."""
    model = read_model()
    return {path: text for emit in EMITTERS for path, text in emit(model).items()}


def stale_files(printed: dict[str, str]) -> dict[str, str]:
    """Those of the files that the checkout lacks or has with another text."""
    return {
        path: text
        for path, text in printed.items()
        if not (ROOT / path).exists() or (ROOT / path).read_text(encoding="utf-8") != text
    }


if __name__ == "__main__":
    sys.exit(main())
