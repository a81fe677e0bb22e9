"""What `test stats`, `test norms` and `test diff` find in stored attempts and results."""

import uuid
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from click.testing import CliRunner

from tests.catalogue.test_definitions import VALID, read
from widget_gateway.cli import main
from widget_gateway.domain.attempts.durations import (
    LONGEST,
    UNTIMED,
    TimedAnswer,
    TimeTally,
    add_times,
    durations_of,
    packed,
)
from widget_gateway.domain.attempts.results import Selection
from widget_gateway.domain.errors import ScalesDifferError, TestNotFoundError
from widget_gateway.domain.ids import TestSlug
from widget_gateway.services.catalogue.norms import read_norms, with_norms

SAMPLE = TestSlug("sample")
PAIRS = ("11", "12", "21", "22")
NOW = datetime.now(UTC)


def test_an_answer_took_as_long_as_it_came_after_the_one_before():
    answers = [
        TimedAnswer("1", 1, 1_000_250),
        TimedAnswer("2", 1, 1_003_250),
        TimedAnswer("1", 1, 1_004_250),  # It was answered once more.
        TimedAnswer("3", 2, 9_000_000),  # Nobody knows when the visitor came back.
        TimedAnswer("4", 2, 9_002_000),
        TimedAnswer("5", 2, 9_001_000),  # The clock was put back.
        TimedAnswer("6", 2, None),  # A former gateway stored it.
        TimedAnswer("7", 2, 9_003_000),
        TimedAnswer("8", 2, 99_999_999),
    ]
    spent = durations_of(1_000_000, answers)
    assert spent == {"1": 12, "2": 30, "4": 20, "8": LONGEST}


def test_durations_come_back_from_two_bytes_each():
    tallies = [TimeTally(), TimeTally()]
    times = [packed({"a": ticks, "b": 600}, "ab") for ticks in (10, 20, 30, 40)]
    add_times(tallies, [*times, packed({"b": 500}, "ab"), None, b"x"])
    assert packed({"b": 500}, "ab") == UNTIMED.to_bytes(2, "big") + b"\x01\xf4"
    assert [tally.n for tally in tallies] == [4, 5]
    assert tallies[0].quantiles([0.25, 0.5, 0.75]) == [1.0, 2.0, 3.0]
    assert tallies[1].quantiles([0.5]) == [60.0]


@pytest.fixture
def results(database):
    """Insert results of `sample`, by the values of both answers; `times` are 2 and 3 seconds."""

    def insert(pairs, **fields):
        database.results.insert_many(
            {
                "_id": uuid.uuid4(),
                "provider": "college",
                "sandbox": False,
                "test": "sample",
                "version": 1,
                "locale": "ru",
                "answers": [["1", [first]], ["2", [second]]],
                "attempt": None,
                "created_at": NOW,
                "user_id": None,
                "attached_at": None,
                "took": packed({"1": 20, "2": 30}, "12"),
            }
            | fields
            for first, second in pairs
        )

    return insert


async def add(backend, source):
    await backend.services.public.catalogue.add(Path("sample.yaml"), read(source))


@pytest.mark.gen_test
async def test_statistics_are_by_version_and_language_without_the_sandbox(backend, results):
    await add(backend, VALID)
    results(PAIRS * 10)
    results(PAIRS * 5, locale="en")
    results(PAIRS * 100, sandbox=True)
    results(PAIRS * 10, provider="other")
    results(PAIRS * 3, created_at=NOW - timedelta(days=400))
    statistics = await backend.test_statistics.gather(Selection(test=SAMPLE))
    told = [(part.version, part.locale, part.tally.n) for part in statistics.versions]
    assert told == [(1, None, 112), (1, "en", 20), (1, "ru", 92)]
    assert [times.quantiles([0.5]) for times in statistics.versions[0].times] == [[2.0], [3.0]]
    chosen = Selection(
        test=SAMPLE, versions=(1,), locale="ru", provider="other", begin=NOW - timedelta(days=1)
    )
    assert [part.tally.n for part in (await backend.test_statistics.gather(chosen)).versions] == [
        40,
        40,
    ]
    with pytest.raises(TestNotFoundError):
        await backend.test_statistics.gather(Selection(test=TestSlug("nothing")))


@pytest.mark.gen_test
async def test_attempts_are_counted_as_far_as_they_came(backend, college, connect, take_test):
    assert college
    await take_test()
    for count in (0, 2):
        visitor = await connect()
        questions = (await visitor.open(test="work-values"))["questions"]
        await visitor.answer_all(questions[:count])
        await visitor.leave()
    statistics = await backend.test_statistics.gather(Selection(test=TestSlug("work-values")))
    funnel = statistics.versions[0].funnel
    assert (funnel.began, funnel.finished, funnel.awaiting_payment) == (3, 1, 0)
    assert [funnel.reached[question] for question in "1234"] == [2, 1, 1, 0]


@pytest.mark.gen_test
async def test_a_finished_result_knows_how_long_answers_took(college, connect, database):
    assert college
    visitor = await connect()
    questions = (await visitor.open(test="work-values"))["questions"]
    await visitor.answer_all(questions)
    assert all(isinstance(row["t"], int) for row in database.answers.find())
    # A row of a former gateway has no time.
    database.answers.update_one({"q": "3"}, {"$unset": {"t": ""}})
    await visitor.send("finish")
    await visitor.expect("finished")
    took = database.results.find_one()["took"]
    ticks = [int.from_bytes(took[i : i + 2], "big") for i in range(0, len(took), 2)]
    assert len(ticks) == 24
    assert [index for index, tick in enumerate(ticks) if tick == UNTIMED] == [2, 3]
    assert all(tick < 600 for tick in ticks if tick != UNTIMED)


@pytest.mark.gen_test
async def test_norms_of_results_are_taken_over_by_a_new_version(backend, results):
    await add(backend, VALID)
    results(PAIRS * 10)
    selection = Selection(test=SAMPLE, versions=(1,))
    gathered = await backend.test_statistics.gather_norms(selection, lambda group: group.locale)
    (tally,) = gathered.groups.values()
    assert (list(gathered.groups), tally.n, dict(tally.scores[0])) == (
        ["ru"],
        40,
        {2: 10, 3: 20, 4: 10},
    )
    await add(backend, VALID.replace('minus: ["2"]', "minus: []"))
    with pytest.raises(ScalesDifferError):
        await backend.test_statistics.gather_norms(
            Selection(test=SAMPLE, versions=(1, 2)), lambda _: None
        )


@pytest.fixture
def command(settings, monkeypatch, tmp_path):
    """Run a command over the tests' database; return its status and output."""
    monkeypatch.setenv("WIDGET_GATEWAY_MONGODB_URI", settings.mongodb_uri)
    monkeypatch.setenv("WIDGET_GATEWAY_DATABASE", settings.database)
    monkeypatch.setenv("WIDGET_GATEWAY_JWT_SECRET", "JWT secret of the tests, 32 bytes")
    monkeypatch.setenv("WIDGET_GATEWAY_PIN_PEPPER", "PIN pepper of the tests, 32 bytes")
    monkeypatch.setenv("WIDGET_GATEWAY_DATA_DIR", str(tmp_path / "data"))

    def run(*arguments):
        made = CliRunner().invoke(main, list(arguments))
        return made.exit_code, made.output

    return run


def test_the_commands_work_from_draft_to_norms(command, results, tmp_path, database):
    path, norms = tmp_path / "sample.yaml", tmp_path / "norms.yaml"
    path.write_text(VALID, encoding="utf-8")
    status, output = command("test", "import", "--draft", str(path))
    assert (status, "sample: draft 1, new" in output) == (0, True)
    assert "sample  1        draft" in command("test", "list")[1]
    assert command("test", "publish", "sample")[1] == "sample: version 1 is published\n"
    results(PAIRS * 7)
    output = command("test", "stats", "sample")[1]
    assert ("too few for statistics" in output, output.count("version 1")) == (True, 1)
    status, output = command("test", "norms", "sample", "--from", "1")
    assert (status, "A norm needs 30 results; there are 28." in output) == (1, True)
    results(PAIRS * 7, locale="en")
    status, output = command("test", "stats", "sample")
    assert (status, "all languages" in output, "за 50%, против 50%" in output) == (0, True, True)
    status, output = command("test", "norms", "sample", "--from", "1", "--output", str(norms))
    assert (status, "56 results make a preliminary norm" in output) == (0, True)
    made = yaml.safe_load(norms.read_text(encoding="utf-8"))["scales"]["s"]["norms"]
    assert (made[0]["mean"], made[0]["n"], made[0]["filter"]) == (3.0, 56, {"versions": [1]})
    status, output = command("test", "import", str(path), "--norms", str(norms))
    assert (status, "sample: version 2, new" in output) == (0, True), output
    stored = database.test_versions.find_one({"_id": {"test": "sample", "version": 2}})
    assert stored["definition"]["scales"][0]["norms"] == made
    path.write_text(VALID.replace('minus: ["2"]', "minus: []"), encoding="utf-8")
    status, output = command("test", "import", str(path), "--norms", str(norms))
    assert (status, "s does not count what it did" in output) == (1, True)
    status, output = command("test", "diff", "sample:1", str(path))
    assert (status, "scored by both definitions: 56" in output) == (0, True)
    assert command("test", "diff", "sample:9", "sample")[0] == 1
    assert command("test", "withdraw", "sample")[1] == "sample: withdrawn\n"
    assert "withdrawn" in command("test", "show", "sample")[1]


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"test": "other"}, "the norms are those of other"),
        (
            {"scales": {"x": {"min": 2, "max": 4, "questions": ["1", "2"], "norms": []}}},
            "no scale x",
        ),
    ],
)
def test_norms_of_something_else_are_refused(tmp_path, change, why):
    path = tmp_path / "norms.yaml"
    content = {"test": "sample", "versions": [1], "date": "2026-05-04", "scales": {}} | change
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    with pytest.raises(Exception, match=why):
        with_norms(read(VALID), read_norms(path), "sample.yaml")
