"""`qua spell`, as a real process."""

import json
import os
import subprocess
import sys

import pytest


@pytest.fixture
def spell(spelling_data_dir):
    """Run the command with these bytes as its standard input."""

    def run(written: bytes, *options: str, data_dir=spelling_data_dir):
        environ = {k: v for k, v in os.environ.items() if not k.startswith("WIDGET_GATEWAY_")}
        return subprocess.run(
            [sys.executable, "-m", "widget_gateway", "qua", "spell", *options],
            env=environ | {"WIDGET_GATEWAY_DATA_DIR": str(data_dir), "PYTHONIOENCODING": "ascii"},
            input=written,
            capture_output=True,
            check=False,
        )

    return run


def test_each_line_is_corrected_to_one_line(spell):
    lines = "друк\n\n  Ghbdtn,  мир\r\njira\nprivet".encode()
    done = spell(lines)
    assert done.returncode == 0, done.stderr
    assert done.stdout.decode() == "друг\n\n  Привет,  мир\njira\nпривет\n"
    assert done.stderr == b""


def test_as_json_each_line_tells_whether_it_changed(spell):
    done = spell("друк\nдруг\n".encode(), "--json")
    assert [json.loads(line) for line in done.stdout.splitlines()] == [
        {"text": "друг", "changed": True},
        {"text": "друг", "changed": False},
    ]


def test_no_input_gives_no_output(spell):
    done = spell(b"")
    assert (done.returncode, done.stdout) == (0, b"")


def test_separators_within_a_line_and_broken_utf8_make_no_lines(spell):
    done = spell("друк\u2028друк\x0bдруг\x85\n".encode() + b"\xff\xfe\n")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(b"\n") == 2


def test_where_the_dictionary_cannot_be_kept_it_says_so(spell, tmp_path):
    file = tmp_path / "file"
    file.touch()
    done = spell(b"", data_dir=file)
    assert done.returncode == 1
    assert "file is not a directory" in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
