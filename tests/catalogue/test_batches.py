"""Reading many files: what is good is kept, and nothing else holds it back or blocks."""

import os
import shutil
import socket
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from widget_gateway.services.catalogue.batches import Wishes, read_batch

pytestmark = pytest.mark.fast

PREDECESSOR = Path(__file__).parent / "predecessor"

OPTIONS = '<options><option value="1">a</option><option value="2">b</option></options>'
ITEM = f'<item id="1"><name>q</name>{OPTIONS}</item>'
QUIZ = f"<quiz><items>{ITEM}</items></quiz>"

NOBODY = 65534
"""The user that owns nothing, on Debian and most other systems."""

QUICK_S = 1
"""Seconds of the processor that a refusal of a large file may take at most."""


@pytest.fixture
def folder(tmp_path):
    """A directory with one good quiz, to which a test adds other files."""
    (tmp_path / "good.xml").write_text(QUIZ, encoding="utf-8")
    return tmp_path


def read(*paths, **wishes):
    return read_batch(paths, Wishes(**wishes))


def slugs(batch):
    return [definition.test.slug for definition in batch.definitions.values()]


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("professions.xml", "<professions/>", "professions: is no quiz"),
        ("list.yaml", "a: 1", "is no definition of a test: it has neither a slug nor questions"),
        ("package.json", '{"name": "x"}', "is no definition of a test"),
        ("empty.xml", "<quiz><items/></quiz>", "items: a quiz has at least one item"),
        ("readme.md", "# words", "the name ends in .md"),
        ("Makefile", "all:", "the name has no ending"),
        ("a.schema.json", "{}", "a JSON Schema"),
        ("config.xml", "<config/>", "is read with the quiz.xml beside it: name that"),
    ],
)
def test_what_is_no_definition_is_passed_over_and_told(folder, name, content, why):
    (folder / name).write_text(content, encoding="utf-8")
    batch = read(folder)
    assert slugs(batch) == ["good"]
    assert batch.refused == {}
    assert batch.passed_over[folder / name].startswith(why)


def test_what_is_no_definition_is_refused_where_it_is_named_itself(folder):
    (folder / "professions.xml").write_text("<professions/>", encoding="utf-8")
    batch = read(folder / "professions.xml")
    assert list(batch.refused) == [folder / "professions.xml"]
    assert batch.passed_over == {}


def test_a_fault_in_one_file_holds_no_other_back(folder):
    (folder / "bad.xml").write_text(QUIZ.replace('id="1"', 'id="1" timer="x"'), encoding="utf-8")
    (folder / "torn.xml").write_text("<quiz>\n<items>", encoding="utf-8")
    batch = read(folder)
    assert slugs(batch) == ["good"]
    assert sorted(path.name for path in batch.refused) == ["bad.xml", "torn.xml"]
    assert len(batch.faults) == 2


def test_pipes_sockets_and_devices_are_passed_over_at_once(folder):
    os.mkfifo(folder / "pipe.xml")
    (folder / "null.yaml").symlink_to("/dev/null")
    (folder / "zero.json").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as listening:
        here = Path.cwd()
        os.chdir(folder)  # the path of a socket has at most 107 bytes
        try:
            listening.bind("socket.xml")
        finally:
            os.chdir(here)
        batch = read(folder)
    assert slugs(batch) == ["good"]
    assert sorted(path.name for path in batch.passed_over) == [
        *("null.yaml", "pipe.xml", "socket.xml", "zero.json"),
    ]


def test_a_pipe_that_is_named_itself_is_refused(folder):
    os.mkfifo(folder / "pipe.xml")
    (fault,) = read(folder / "pipe.xml").faults
    assert fault == f"{folder / 'pipe.xml'}: is no file but a pipe, a socket or a device"


def test_a_link_to_nothing_is_refused(folder):
    (folder / "gone.xml").symlink_to(folder / "nowhere.xml")
    (fault,) = read(folder).faults
    assert fault == f"{folder / 'gone.xml'}: can't be read: No such file or directory"


@pytest.fixture
def as_nobody(folder):
    """Read as somebody who is no superuser, who could read everything."""

    @contextmanager
    def nobody():
        if os.geteuid() != 0:
            yield
            return
        for above in (folder, *folder.parents[:-2]):
            above.chmod(0o755)
        os.seteuid(NOBODY)
        try:
            yield
        finally:
            os.seteuid(0)

    return nobody


def test_what_must_not_be_read_is_refused(folder, as_nobody):
    (folder / "secret.xml").write_text(QUIZ, encoding="utf-8")
    (folder / "secret.xml").chmod(0)
    (folder / "closed").mkdir(mode=0)
    with as_nobody():
        batch = read(folder)
    assert slugs(batch) == ["good"]
    assert batch.faults == [
        f"{folder / 'secret.xml'}: can't be read: Permission denied",
        f"{folder / 'closed'}: the directory can't be read",
    ]


def test_links_to_directories_are_told_and_not_followed(folder):
    (folder / "round").symlink_to(folder)
    assert read(folder).passed_over == {folder / "round": "a link to a directory is not followed"}


@pytest.mark.parametrize("form", ["xml", "yaml"])
def test_five_thousand_questions_are_refused_within_a_second_in_one_line(folder, form):
    if form == "xml":
        content = "<quiz><items>\n" + "\n".join([ITEM] * 5000) + "</items></quiz>"
    else:
        one = "- {id: a, type: option, text: {ru: а}, options: [{value: '1'}, {value: '2'}]}"
        content = "slug: big\ntitle: {ru: а}\nquestions:\n" + f"{one}\n" * 5000
    (folder / f"big.{form}").write_text(content, encoding="utf-8")
    began = time.process_time()
    batch = read(folder)
    assert time.process_time() - began < QUICK_S
    assert slugs(batch) == ["good"]
    (fault,) = batch.faults
    line = {"xml": 1002, "yaml": 1004}[form]
    assert fault.startswith(f"{folder / f'big.{form}'}:{line}: ")
    assert "at most 1000" in fault


def test_a_folder_with_a_quiz_wins_over_the_file_of_its_name(folder):
    (folder / "good").mkdir()
    (folder / "good" / "quiz.xml").write_text(QUIZ.replace(">q<", ">new<"), encoding="utf-8")
    batch = read(folder)
    assert [str(path) for path in batch.definitions] == [str(folder / "good" / "quiz.xml")]
    assert list(batch.passed_over) == [folder / "good.xml"]


def test_two_other_files_that_make_one_test_are_both_refused(folder):
    (folder / "archive").mkdir()
    (folder / "archive" / "good.xml").write_text(QUIZ, encoding="utf-8")
    (folder / "other.xml").write_text(QUIZ, encoding="utf-8")
    batch = read(folder)
    assert slugs(batch) == ["other"]
    assert batch.faults == [
        f"{folder / first}:1: slug: good is also made of {folder / second}; keep one"
        for first, second in (("good.xml", "archive/good.xml"), ("archive/good.xml", "good.xml"))
    ]


def test_one_file_named_twice_is_read_once(folder):
    assert slugs(read(folder / "good.xml", folder, folder / ".." / folder.name)) == ["good"]


def test_a_config_beside_a_quiz_of_one_file_lies_in_the_folder_of_its_name(folder):
    (folder / "good").mkdir()
    config = "<config><texts><outro><ru>Всё</ru></outro></texts></config>"
    (folder / "good" / "config.xml").write_text(config, encoding="utf-8")
    batch = read(folder)
    (definition,) = batch.definitions.values()
    assert definition.test.report.outro == {"ru": "Всё"}
    assert batch.passed_over == {}


def test_a_faulty_companion_refuses_its_quiz_alone(folder):
    (folder / "two").mkdir()
    (folder / "two" / "quiz.xml").write_text(QUIZ, encoding="utf-8")
    (folder / "two" / "professions.xml").write_text("<jobs/>", encoding="utf-8")
    batch = read(folder)
    assert slugs(batch) == ["good"]
    assert batch.faults == [f"{folder / 'two' / 'professions.xml'}:1: jobs: is no professions"]


def test_an_empty_directory_is_told(tmp_path):
    assert read(tmp_path).faults == [f"{tmp_path}: there is no definition in it"]


def test_titles_come_from_a_table_by_slug(folder):
    titles = {"good": {"ru": "Хороший", "en": "Good"}, "unused": {"ru": "нет"}}
    (definition,) = read(folder, titles=titles).definitions.values()
    assert definition.test.title == {"en": "Good"}  # the languages stay those of the quiz
    assert definition.notes == ()
    assert read(folder).definitions[folder / "good.xml"].test.title == {"en": "good"}


def test_a_table_wins_over_what_the_files_say(folder):
    shutil.copytree(PREDECESSOR / "IQ-2", folder / "IQ-2")
    read_ = read(folder / "IQ-2", titles={"IQ-2": {"ru": "Иной"}})
    (definition,) = read_.definitions.values()
    assert definition.test.title == {"ru": "Иной", "en": "Иной"}
