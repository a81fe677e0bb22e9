"""A small dictionary of spelling, and a process that makes it."""

import math
import subprocess
import sys
from pathlib import Path

from widget_gateway.services.spelling.word_lists import Words

SMALL = Words(
    standard={"привет": math.log(1e-4), "мир": math.log(1e-3), "кто-то": math.log(1e-5)},
    others={"docker": math.log(1e-6), "уилл": math.log(1e-7)},
)

_MAKER = """
import sys
from pathlib import Path
from tests.support.spelling_dictionaries import SMALL
from widget_gateway.services.spelling import dictionary

def collect():
    with open(sys.argv[2], "a") as made:
        made.write("made\\n")
    return SMALL

dictionary.collect_words = collect
sys.stdin.readline()
print(dictionary.load_dictionary(Path(sys.argv[1])).frequency("мир"))
"""


def start_maker(data_dir: Path, record: Path) -> "subprocess.Popen[str]":
    """Start a process that loads the dictionary when it reads a line; `record` counts them."""
    return subprocess.Popen(
        [sys.executable, "-c", _MAKER, str(data_dir), str(record)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
