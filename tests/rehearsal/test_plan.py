"""Plans are read strictly: what is wrong is named, and nothing else happens."""

import pytest

from widget_gateway.rehearsal.errors import RehearsalRefusedError
from widget_gateway.rehearsal.plan import Plan, Step, filled, person_of, read_plan

pytestmark = pytest.mark.fast


@pytest.fixture
def plan_of(tmp_path):
    """Read a plan of this text."""

    def read(text, **environ):
        file = tmp_path / "plan.yaml"
        file.write_text(text, encoding="utf-8")
        return read_plan(file, environ)

    return read


def test_a_plan_says_how_to_sign_in_and_pay(plan_of):
    plan = plan_of(
        "sign_in: [{goto: /in}, {fill: {'#name': '{user}'}}]\n"
        "payment: {steps: [{click: '#pay', within: iframe}], provider: [/bank]}\n"
        "result: {shown: '#done'}\n"
        "orders: {steps: [{goto: /orders}], count: li}\n"
    )
    assert plan.sign_in[1].fill == {"#name": "{user}"}
    assert plan.payment is not None
    assert plan.payment.steps == [Step(click="#pay", within="iframe")]
    assert plan.payment.provider == ["/bank"]


def test_an_empty_plan_is_a_plan(plan_of):
    assert plan_of("") == Plan()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("sign_in: [", "is no YAML, line 1"),
        ("a: b: c", "is no YAML, line 1"),
        ("\0", "is no YAML"),
        ("[]", "Expected `object`"),
        ("pay: []", "unknown field `pay`"),
        ("sign_in: {goto: /}", "$.sign_in"),
        ("sign_in: [{go: /}]", "$.sign_in[0]"),
        ("sign_in: [{}]", "exactly one of goto, click, fill, press and wait"),
        ("sign_in: [{goto: /, click: a}]", "exactly one of goto"),
        ("sign_in: [{goto: 17}]", "$.sign_in[0].goto"),
        ("payment: {}", "missing required field `steps`"),
        ("orders: {steps: []}", "exactly one of count and text"),
        ("orders: {steps: [], count: a, text: b}", "exactly one of count and text"),
        ("result: {steps: []}", "missing required field `shown`"),
        ("people: [{name: 7}]", "$.people[0]"),
        ("!!python/object/apply:os.system ['true']", "is no YAML"),
        ("[" * 5_000, "is no YAML"),
        ("# " + "x" * 70_000, "too large"),
    ],
)
def test_what_is_no_plan_is_refused_with_its_place(plan_of, text, told):
    with pytest.raises(RehearsalRefusedError) as refusal:
        plan_of(text)
    assert told in str(refusal.value)


def test_a_file_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(RehearsalRefusedError, match="can't be read"):
        read_plan(tmp_path / "none.yaml")
    with pytest.raises(RehearsalRefusedError, match="can't be read"):
        read_plan(tmp_path)


def test_a_password_comes_from_the_environment_and_is_not_in_the_plan(plan_of):
    text = "people: [{user: anna, password: $ANNAS}]"
    assert plan_of(text, ANNAS="hush").people == [{"user": "anna", "password": "hush"}]
    with pytest.raises(RehearsalRefusedError, match="environment variable ANNAS"):
        plan_of(text)


def test_people_are_new_in_each_run_unless_the_plan_names_them(plan_of):
    assert person_of(Plan(), 0, "1f") == {"run": "1f", "user": "rehearsal-1f-1"}
    assert person_of(Plan(), 1, "1f") == {"run": "1f", "user": "rehearsal-1f-2"}
    plan = plan_of("people: [{user: 'anna-{run}'}]")
    assert person_of(plan, 0, "1f") == {"run": "1f", "user": "anna-1f"}
    assert person_of(plan, 1, "1f") is None


def test_a_step_that_names_what_nobody_has_is_refused():
    assert filled("{user} {other}!", {"user": "a", "other": "b"}) == "a b!"
    assert filled("body { color }", {}) == "body { color }"
    with pytest.raises(RehearsalRefusedError, match="'password'"):
        filled("{password}", {"user": "a"})
