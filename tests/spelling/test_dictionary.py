"""The file of the dictionary: a damaged one is made again, and processes make it once."""

import math

import pytest

from tests.support.spelling_dictionaries import SMALL, start_maker
from widget_gateway.services.spelling import dictionary as spelling_dictionary
from widget_gateway.services.spelling.dictionary import (
    FILE_NAME,
    find_dictionary,
    load_dictionary,
    made_of,
    make_tables,
)
from widget_gateway.services.spelling.dictionary_file import (
    UnusableFileError,
    map_tables,
    write_tables,
)


@pytest.fixture
def made(monkeypatch):
    """Make a small dictionary instead, and count how often it is made."""
    times = []

    def collect():
        times.append(1)
        return SMALL

    monkeypatch.setattr(spelling_dictionary, "collect_words", collect)
    return times


@pytest.mark.usefixtures("made")
def test_words_are_found_with_their_frequencies(tmp_path):
    dictionary = load_dictionary(tmp_path)
    assert len(dictionary) == 5
    assert dictionary.frequency("мир") == pytest.approx(math.log(1e-3), abs=0.001)
    assert dictionary.frequency("кто-то") == pytest.approx(math.log(1e-5), abs=0.001)
    assert dictionary.others_frequency("docker") == pytest.approx(math.log(1e-6), abs=0.001)
    for word in ("уилл", "docker", "миру", ""):
        assert dictionary.frequency(word) is None
    assert dictionary.others_frequency("мир") is None


@pytest.mark.usefixtures("made")
def test_words_are_found_by_their_sound_and_by_a_letter_less(tmp_path):
    dictionary = load_dictionary(tmp_path)
    sound = spelling_dictionary.sound_of("превет")
    assert "привет" in {dictionary.word(at) for at in dictionary.alike(sound)}
    less = spelling_dictionary.sound_of("приет")
    assert "привет" in {dictionary.word(at) for at in dictionary.near(less)}


def test_a_kept_dictionary_is_not_made_again(tmp_path, made):
    load_dictionary(tmp_path / "data")
    assert load_dictionary(tmp_path / "data").frequency("мир") is not None
    assert made == [1]
    assert [path.name for path in (tmp_path / "data").glob("*.part")] == []


@pytest.mark.parametrize("kept", [0, 1, 15, 16, 100, -1], ids=lambda size: f"{size} bytes")
def test_a_truncated_file_is_made_again(tmp_path, made, kept):
    load_dictionary(tmp_path)
    path = tmp_path / FILE_NAME
    path.write_bytes(path.read_bytes()[:kept])
    assert find_dictionary(tmp_path) is None
    assert load_dictionary(tmp_path).frequency("мир") is not None
    assert made == [1, 1]


@pytest.mark.usefixtures("made")
def test_a_changed_byte_anywhere_is_noticed(tmp_path):
    load_dictionary(tmp_path)
    path = tmp_path / FILE_NAME
    whole = path.read_bytes()
    for at in (0, 9, 13, 40, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :])
        assert find_dictionary(tmp_path) is None, at
    path.write_bytes(whole)
    assert find_dictionary(tmp_path) is not None


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04", b"{}" * 100, bytes(4096)], ids=["zip", "json", "zeros"]
)
@pytest.mark.usefixtures("made")
def test_a_foreign_file_is_replaced(tmp_path, content):
    (tmp_path / FILE_NAME).write_bytes(content)
    assert find_dictionary(tmp_path) is None
    assert load_dictionary(tmp_path).frequency("мир") is not None


def test_a_dictionary_of_other_versions_is_made_again(tmp_path, made):
    old = {**made_of(), "wordfreq": "2.0"}
    write_tables(tmp_path / FILE_NAME, old, make_tables(SMALL))
    with pytest.raises(UnusableFileError, match="other versions"):
        map_tables(tmp_path / FILE_NAME, made_of())
    load_dictionary(tmp_path)
    assert made == [1]
    assert find_dictionary(tmp_path) is not None


@pytest.mark.usefixtures("made")
def test_a_directory_in_the_files_place_is_told_and_leaves_no_litter(tmp_path):
    (tmp_path / FILE_NAME).mkdir()
    with pytest.raises(OSError, match="directory"):
        load_dictionary(tmp_path)
    assert list(tmp_path.glob("*.part")) == []


@pytest.mark.usefixtures("made")
def test_a_mapped_dictionary_outlives_its_replacement(tmp_path):
    old = load_dictionary(tmp_path)
    write_tables(tmp_path / FILE_NAME, made_of(), make_tables(SMALL))
    assert old.frequency("мир") is not None


def test_of_two_processes_at_once_one_makes_the_dictionary(tmp_path):
    record = tmp_path / "record"
    makers = [start_maker(tmp_path / "data", record) for _ in range(2)]
    answers = [maker.communicate(timeout=60)[0] for maker in _told(makers)]
    assert [maker.returncode for maker in makers] == [0, 0]
    assert answers[0] == answers[1] != ""
    assert record.read_text().split() == ["made"]


def _told(makers):
    """Let both begin before either is waited for."""
    for maker in makers:
        maker.stdin.write("go\n")
        maker.stdin.flush()
    return makers
