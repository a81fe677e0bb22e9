"""`test import` of a directory: what it finds and tells, what it refuses, and a repeat."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.processes import Gateway
from widget_gateway.cli import main
from widget_gateway.services.catalogue.files import files_in

PREDECESSOR = Path(__file__).parent / "predecessor"
DOCS = Path(__file__).parents[2] / "docs"

SLUGS = [
    *("101", "102", "103", "104", "105", "106", "107", "108", "109", "110"),
    *("IQ-2", "Interests", "WorkStyle", "short", "Motives"),
]
"""The tests of the directory in the order of reading: the files of a folder, then its folders."""

QUIZ = """\
<quiz><items><item id="1"><name>q</name><options>
<option value="1">a</option><option value="2">b</option></options></item></items></quiz>"""


@pytest.fixture
def node(tmp_path, mongodb_uri, database):
    """A node over the tests' database, so that its commands start no mongod."""
    secrets = {
        "JWT_SECRET": "JWT secret of the tests, 32 bytes",
        "PIN_PEPPER": "PIN pepper of the tests, 32 bytes",
    }
    gateway = Gateway(tmp_path / "data", MONGODB_URI=mongodb_uri, DATABASE=database.name, **secrets)
    yield gateway
    gateway.stop()


@pytest.fixture
def folder(tmp_path):
    """A copy of the predecessor's files, to which a test adds others."""
    return shutil.copytree(PREDECESSOR, tmp_path / "catalogue")


def plain(node, *arguments):
    """Run a command as a person does, without `--json`; return its status and output."""
    return subprocess.run(
        [sys.executable, "-m", "widget_gateway", *arguments],
        env=node.environ,
        capture_output=True,
        text=True,
        check=False,
    )


def test_files_are_found_in_all_folders_and_each_config_goes_with_its_quiz():
    found = [str(path.relative_to(PREDECESSOR)) for path in files_in(PREDECESSOR)[0]]
    assert len(found) == len(SLUGS)
    assert "IQ-2/quiz.xml" in found
    assert "archive/2014/Motives/quiz.xml" in found
    assert not any(path.endswith("config.xml") for path in found)


def test_hidden_folders_schemas_and_links_in_circles_are_passed_by(folder):
    (folder / ".git").mkdir()
    (folder / ".git" / "x.xml").write_text("<x/>", encoding="utf-8")
    (folder / "a.schema.json").write_text("{}", encoding="utf-8")
    (folder / "readme.txt").write_text("a text", encoding="utf-8")
    (folder / "archive" / "round").symlink_to(folder)
    assert len(files_in(folder)[0]) == len(SLUGS)


def test_a_directory_is_imported_at_once_and_again_changes_nothing(node, database):
    first = node.command("test", "import", str(PREDECESSOR))
    assert [test["slug"] for test in first] == SLUGS
    assert {(test["version"], test["new"]) for test in first} == {(1, True)}
    stored = list(database.test_versions.find().sort("_id", 1))
    again = node.command("test", "import", str(PREDECESSOR))
    assert {(test["version"], test["new"]) for test in again} == {(1, False)}
    assert list(database.test_versions.find().sort("_id", 1)) == stored
    assert [test["notes"] for test in again] == [test["notes"] for test in first]


def test_a_changed_config_makes_a_new_version_of_its_test_alone(node, folder):
    node.command("test", "import", str(folder))
    config = folder / "IQ-2" / "config.xml"
    config.write_text(config.read_text("utf-8").replace("Excellent", "Superb"), encoding="utf-8")
    again = node.command("test", "import", str(folder))
    assert {test["slug"]: test["version"] for test in again if test["new"]} == {"IQ-2": 2}


def test_the_summary_tells_what_each_became(node):
    summaries = {test["slug"]: test for test in node.command("test", "import", str(PREDECESSOR))}
    mixed, iq, lossy = (summaries[slug] for slug in ("102", "IQ-2", "109"))
    assert mixed["questions"] == {
        "option": 2,
        "checkbox": 1,
        "text": 1,
        "rating": 1,
        "gradient": 1,
    }
    assert (mixed["locales"], mixed["notes"]) == (["ru", "en"], [])
    assert (iq["scenarios"], iq["scales"]) == (3, 0)
    assert "109.xml:8: could not be carried over: <hint> in <item>" in lossy["notes"]


def test_the_summary_is_a_line_a_test_and_below_it_what_was_lost(node):
    said = plain(node, "test", "import", str(PREDECESSOR)).stdout.splitlines()
    *tests, counts, kinds = [line.split(":")[0] for line in said if not line.startswith(" ")]
    assert tests == SLUGS
    assert counts == "15 imported (15 new, 0 unchanged), 0 refused, 0 passed over"
    assert kinds == "Not carried over, by kind"
    line = said.index(
        "Interests: version 1, new  (questions: 2 option; locales: ru; scenarios: 2)  "
        f"{PREDECESSOR / 'Interests' / 'quiz.xml'}"
    )
    assert said[line + 1] == "    config.xml:3: could not be carried over: <colors> in <config>"
    again = plain(node, "test", "import", str(PREDECESSOR / "101.xml")).stdout
    assert again.startswith("101: version 1, unchanged  (questions: 2 option; locales: ru)")


def test_check_tells_the_same_without_importing(node, database):
    checked = node.command("test", "check", str(PREDECESSOR))
    assert [test["slug"] for test in checked] == SLUGS
    assert any("<hint> in <item>" in note for test in checked for note in test["notes"])
    assert database.tests.count_documents({}) == 0


def test_what_a_terminal_would_obey_is_spelled_out(node, folder):
    (folder / "1.xml").write_text(QUIZ.replace("<quiz>", "<quiz a\u202e='1'>"), encoding="utf-8")
    done = plain(node, "test", "check", str(folder / "1.xml"))
    assert "\u202e" not in done.stdout + done.stderr


@pytest.fixture
def faulty(folder):
    """The directory with faulty files beside the good ones, and with others that are no quiz."""
    (folder / "1.xml").write_text("<quiz>\n<items>", encoding="utf-8")
    (folder / "2.xml").write_text(QUIZ.replace('id="1"', 'id="1" timer="x"'), encoding="utf-8")
    (folder / "IQ-2" / "config.xml").write_text("\n<config>", encoding="utf-8")
    (folder / "bad.yaml").write_text("slug: bad", encoding="utf-8")
    (folder / "sitemap.xml").write_text("<urlset/>", encoding="utf-8")
    (folder / "readme.md").write_text("# a text", encoding="utf-8")
    return folder


FAULTS = (
    "1.xml:2: not XML",
    '2.xml:1: item "1" > timer: must be a whole number',
    "IQ-2/config.xml:2: not XML",
    "bad.yaml:1: the definition: title is required",
)


def test_what_is_good_is_imported_and_the_rest_is_told(node, faulty, database):
    done = plain(node, "test", "import", str(faulty))
    assert done.returncode == 3
    for fault in FAULTS:
        assert f"{faulty}/{fault}" in done.stderr
    said = done.stdout.splitlines()
    assert f"refused: {faulty / 'IQ-2' / 'quiz.xml'}" in said
    assert f"passed over: {faulty / 'sitemap.xml'}: urlset: is no quiz" in said
    assert f"passed over: {faulty / 'readme.md'}: the name ends in .md" in said
    assert "14 imported (14 new, 0 unchanged), 4 refused, 2 passed over" in said
    assert "    <hint> in <item>  (in 1 test)" in said[said.index("Not carried over, by kind:") :]
    assert database.tests.count_documents({}) == len(SLUGS) - 1
    again = plain(node, "test", "import", str(faulty)).stdout
    assert "14 imported (0 new, 14 unchanged), 4 refused" in again


def test_strict_refuses_all_if_one_has_a_fault(node, faulty, database):
    done = plain(node, "test", "import", str(faulty), "--strict")
    assert done.returncode == 1
    for fault in FAULTS:
        assert f"{faulty}/{fault}" in done.stderr
    assert database.tests.count_documents({}) == 0


def test_machines_learn_of_refused_files_beside_the_imported(node, faulty):
    told = node.command("test", "import", str(faulty), check=False)
    assert [test["slug"] for test in told if "slug" in test] == [
        slug for slug in SLUGS if slug != "IQ-2"
    ]
    refused = {Path(test["path"]).name: test["refused"] for test in told if "refused" in test}
    assert sorted(refused) == ["1.xml", "2.xml", "bad.yaml", "quiz.xml"]
    assert refused["1.xml"][0].startswith(f"{faulty}/1.xml:2: not XML")


def test_a_table_gives_the_titles_that_the_files_do_not_say(node, folder):
    table = folder.parent / "titles.csv"
    table.write_text("slug,ru,en\n101,Знакомства,Acquaintances\n", encoding="utf-8")
    node.command("test", "import", str(folder / "101.xml"), "--titles", str(table))
    assert node.command("test", "show", "101")["title"] == {"ru": "Знакомства"}
    table.write_text("name,title\n", encoding="utf-8")
    done = plain(node, "test", "import", str(folder / "101.xml"), "--titles", str(table))
    assert done.returncode == 1
    assert f"{table}:1: the first line names the columns" in done.stderr


def test_a_folder_wins_over_the_file_of_its_name(node, folder):
    (folder / "IQ-2.xml").write_text(QUIZ, encoding="utf-8")
    done = plain(node, "test", "check", str(folder))
    assert done.returncode == 0
    assert f"passed over: {folder / 'IQ-2.xml'}: {folder / 'IQ-2' / 'quiz.xml'} is" in done.stdout


def test_one_file_named_twice_is_one_test(node):
    both = [str(PREDECESSOR / "101.xml"), str(PREDECESSOR / "IQ-2" / ".." / "101.xml")]
    assert {test["version"] for test in node.command("test", "import", *both)} == {1}


def test_imported_tests_are_free_unless_said_otherwise(node):
    node.command("test", "import", str(PREDECESSOR / "102.xml"))
    assert node.command("test", "show", "102")["access"] == "free"
    node.command("test", "import", str(PREDECESSOR / "102.xml"), "--paid", "--pause-after", "2")
    shown = node.command("test", "show", "102")
    assert (shown["access"], shown["pause_after"], shown["version"]) == ("paid", 2, 2)


def test_the_address_of_pictures_is_said_at_the_import(node, database):
    path = str(PREDECESSOR / "105.xml")
    (imported,) = node.command("test", "import", path, "--images", "https://files.example/{slug}")
    assert not any("pictures" in note for note in imported["notes"])
    stored = database.test_versions.find_one({})["definition"]
    assert stored["questions"][1]["image"] == "https://files.example/105/maze-large.png"


@pytest.mark.parametrize("guide", ["import.md", "import.ru.md"])
def test_the_summary_that_the_documents_show_is_the_one_that_is_printed(
    tmp_path, monkeypatch, guide
):
    for name in ("101.xml", "105.xml", "IQ-2", "Interests"):
        source, copy = PREDECESSOR / name, tmp_path / "catalogue" / name
        copy.parent.mkdir(exist_ok=True)
        shutil.copytree(source, copy) if source.is_dir() else shutil.copy(source, copy)
    monkeypatch.chdir(tmp_path)
    said = CliRunner().invoke(main, ["test", "check", "catalogue"]).stdout
    shown = (DOCS / guide).read_text("utf-8").split("```\n")[1]
    assert shown == said
