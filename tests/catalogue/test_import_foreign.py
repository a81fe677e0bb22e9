"""What all importers of other systems' tests share: recognition, the command, and broken files."""

import json
import re
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.support.foreign import FILES, imported, refusal_of
from widget_gateway.cli.tests import test as commands
from widget_gateway.domain.errors import DefinitionError
from widget_gateway.services.catalogue.files import files_in, read_definition_file
from widget_gateway.services.catalogue.importers.registry import recognise
from widget_gateway.services.catalogue.importers.sources import ImportOptions, Source

FORMS = {
    "survey.json": "SurveyJS JSON",
    "bank.xml": "Moodle XML",
    "docs.gift": "GIFT",
    "survey-6.lss": "LimeSurvey survey",
    "qti-2/choice.xml": "QTI 2",
    "opros.csv": "table (CSV, tabs)",
}


def check(*arguments):
    """Run `test check`; returns its exit code and what it prints."""
    done = CliRunner().invoke(commands, ["check", *map(str, arguments)])
    return done.exit_code, done.output


@pytest.mark.parametrize(("name", "form"), FORMS.items())
def test_a_form_is_recognised_by_its_content_whatever_the_name(tmp_path, name, form):
    path = tmp_path / "download.dat"
    shutil.copy(FILES / name, path)
    assert read_definition_file(path).notes[0] == f"read as {form}"


@pytest.mark.parametrize("suffix", [".yaml", ".json", ".xml", ".csv", ".bin", ""])
@pytest.mark.parametrize("content", [b"", b"words", b"{}", b"<quiz/>", b"\0\1", b"[1]", b"a: {"])
def test_what_no_importer_knows_is_refused_as_before(tmp_path, suffix, content):
    path = tmp_path / f"file{suffix}"
    path.write_bytes(content)
    with pytest.raises(DefinitionError) as refusal:
        read_definition_file(path)
    assert refusal.value.problems[0].startswith(f"{path}:")


def test_native_definitions_and_the_predecessors_quizzes_are_left_to_their_readers():
    here = FILES.parent
    for path in [*here.glob("predecessor/*.xml"), *here.glob("definitions/*.yaml")]:
        assert recognise(Source(path, path.read_bytes())) is None


def test_a_directory_is_searched_for_foreign_files_and_a_package_is_read_once(tmp_path):
    shutil.copytree(FILES, tmp_path / "catalogue")
    names = [str(path.relative_to(tmp_path)) for path in files_in(tmp_path)[0]]
    assert "catalogue/qti-2/imsmanifest.xml" in names
    assert "catalogue/qti-2/choice.xml" not in names
    assert "catalogue/qti-3/items/choice.xml" not in names
    assert {"catalogue/quiz.csv", "catalogue/docs.gift", "catalogue/survey-2.lss"} <= set(names)


def test_check_says_which_form_it_saw_and_what_each_part_became():
    code, output = check(FILES / "item-assignment.csv")
    assert code == 0
    assert "item-assignment: no fault  (questions: 4 option; locales: en; scales: 2)" in output
    assert "    read as table (CSV, commas)\n" in output
    assert "    questions: 4 row → option\n" in output
    assert '    columns: "instrument" → instrument, "key" → key, ' in output


def test_slug_language_and_columns_can_be_given(tmp_path):
    path = tmp_path / "Мой опрос.csv"
    path.write_text("Aussage;Skala\nIch wandere.;Weite\nIch ruhe.;Weite\n", encoding="utf-8")
    code, output = check(path)
    assert code != 0
    assert "no column of questions is recognised" in output
    code, output = check("--map", "Aussage=text", "--map", "Skala=scale", path)
    assert code != 0
    assert "the name of the file (--slug sets another one): 1 to 100 Latin letters" in output
    named = ["--slug", "weite", "--locale", "de", "--map", "Aussage=text", "--map", "Skala=scale"]
    code, output = check(*named, "--json", path)
    assert code == 0, output
    (found,) = json.loads(output)
    assert (found["slug"], found["locales"], found["scales"]) == ("weite", ["de"], 1)


def test_a_map_without_a_field_is_refused():
    code, output = check("--map", "Item", FILES / "quiz.csv")
    assert code == 2
    assert "write COLUMN=FIELD" in output


@pytest.mark.parametrize("guide", ["import-formats.md", "import-formats.ru.md"])
def test_the_guides_show_what_check_prints(guide):
    shown = (Path(__file__).parents[2] / "docs" / guide).read_text(encoding="utf-8")
    for names in re.findall(r"^    widget-gateway test check (.+)$", shown, re.MULTILINE):
        code, output = check(*(FILES / name for name in names.split()))
        assert code == 0
        assert output.replace(f"{FILES}/", "") in shown


def test_a_title_that_is_in_no_language_is_the_name_of_the_file():
    assert imported("docs.gift").test.title == {"en": "docs"}
    assert 'the slug is made of the name of the file: "docs"; --slug sets it' in (
        imported("docs.gift").notes
    )


def test_a_file_that_is_broken_in_any_way_is_read_or_refused(chance):
    files = sorted(path for path in FILES.rglob("*") if path.is_file())
    refused: list[str] = []
    for path in files * 12:
        content = bytearray(path.read_bytes())
        for _ in range(chance.randint(1, 4)):
            start = chance.randrange(len(content))
            piece = content[start : start + chance.choice((1, 5, 60, 500))]
            if chance.random() < 0.5:
                del content[start : start + len(piece)]
            else:
                at = chance.randrange(len(content))
                content[at:at] = piece
            content = content or bytearray(b" ")
        source = Source(path, bytes(content), ImportOptions())
        try:
            if importer := recognise(source):
                importer.read(source, None)
        except DefinitionError as error:
            refused += error.problems
    assert refused
    assert all(problem.startswith(str(FILES)) for problem in refused)


def test_a_refusal_names_the_line_and_the_part():
    text = '{"pages": [\n{"elements": [\n{"type": "checkbox", "name": "q",\n"choices": [1, 2],'
    text += '"maxSelectedChoices": 9, "minSelectedChoices": 9}]}]}'
    (problem,) = refusal_of("s.json", text)
    assert problem == 's.json:3: question "q" > count: at most 2, the number of options'
