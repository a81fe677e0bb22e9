"""The widget's own words: every language has all of them, and forms for every number."""

import re

import pytest

from handlers.public.refusals import REFUSALS
from tests.browser.widget_units.conftest import STATIC, Run

LANGUAGES = ["az", "en", "fr", "hy", "kk", "mn", "ru"]

DESCRIBE = """
  const load = async (tag) => {
    const first = await import(`/widget/texts/${tag}.js`);
    const later = await import(`/widget/texts/${tag}-later.js`);
    return { ...first.texts, ...later.texts(first.of) };
  };
  // One number for each form that a noun may have in the language.
  const samples = (tag) => {
    const rules = new Intl.PluralRules(tag);
    const of = (category) => [...Array(200).keys(), 1e6].find((n) => rules.select(n) === category);
    const { pluralCategories } = rules.resolvedOptions();
    return pluralCategories.map(of).filter((n) => n !== undefined);
  };
  const flat = (texts, path = '') =>
    Object.entries(texts).flatMap(([name, text]) =>
      typeof text === 'object' ? flat(text, `${path}${name}.`) : [[path + name, text]]);
"""

# The arguments of texts that take no number alone.
ARGUMENTS = """
  const given = {
    authors: [[['Ann']], [['Ann', 'Bob']]],
    position: [[3, 24]],
    payPrice: [['9 €']],
    scaleStep: [[2, 5]],
    scaleLeaning: [['work']],
    chosen: [[1, 3], [2, 0]],
    fillIn: [[[]], [['Name', 'Year']]],
    notNumber: [['Year']],
    place: [['Peace', 2, 5]],
    moveUp: [['Peace']],
    moveDown: [['Peace']],
    timeLeft: [[0], [1], [59], [60], [61], [125]],
    chooseSome: [[0], [1], [2], [5], [21]],
    field: [[0], [2]],
    offline: [[0], [1], [2], [5], [21]],
  };
"""


def languages_with_words() -> list[str]:
    names = (path.stem for path in (STATIC / "widget" / "texts").glob("*.js"))
    return sorted(name for name in names if not name.endswith("-later"))


def test_each_language_has_both_files() -> None:
    assert languages_with_words() == LANGUAGES
    for language in LANGUAGES:
        assert (STATIC / "widget" / "texts" / f"{language}-later.js").exists()


@pytest.mark.parametrize("place", ["widget.js", "languages.js"])
def test_wherever_a_language_is_chosen_all_are_known(place: str) -> None:
    source = (STATIC / "widget" / place).read_text()
    (listed,) = re.findall(r"\(\?:\^\|,\)\(([a-z|]+)\)", source)
    assert sorted(listed.split("|")) == LANGUAGES


@pytest.mark.parametrize("place", ["page.js", "frame-trouble.js"])
def test_what_is_said_when_nothing_loads_is_said_in_all(place: str) -> None:
    source = (STATIC / "widget" / place).read_text()
    table = re.search(r"const (?:WORDS|TEXTS) = \{\n(.*?)\n\};", source, re.DOTALL)
    assert table
    assert sorted(re.findall(r"^  ([a-z]{2}): ", table[1], re.MULTILINE)) == LANGUAGES
    for name in re.findall(r"^    (\w+): '", table[1], re.MULTILINE):
        assert len(re.findall(rf"^    {name}: '.{{20,}}',$", table[1], re.MULTILINE)) == 7


def test_the_page_of_a_wrong_address_speaks_all() -> None:
    assert sorted(REFUSALS) == LANGUAGES
    for words in REFUSALS.values():
        assert all(words)
        assert ["{slug}" in sentence for sentence in words] == [False, True, True, False]


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_the_same_texts_as_russian(run: Run, language: str) -> None:
    wanted, found = run(
        f"""{DESCRIBE}
        const kinds = async (tag) =>
          Object.fromEntries(flat(await load(tag)).map(([name, text]) => [name, typeof text]));
        return [await kinds('ru'), await kinds('{language}')];"""
    )
    assert found == wanted


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_text_is_whole_for_every_number(run: Run, language: str) -> None:
    texts = run(
        f"""{DESCRIBE}{ARGUMENTS}
        const numbers = samples('{language}').map((n) => [n]);
        return flat(await load('{language}')).map(([name, text]) => [
          name,
          typeof text === 'string' ? [[[], text]]
            : (given[name] ?? numbers).map((values) => [values.flat(), text(...values)]),
        ]);"""
    )
    assert len(texts) > 70
    assert ["lang", [[[], language]]] in texts
    for name, cases in texts:
        assert cases, name
        for values, text in cases:
            assert text.strip() == text != "", name
            assert not re.search(r"undefined|null|NaN|\[object|\$\{|function", text), (name, text)
            for value in values:
                if isinstance(value, str):
                    assert value in text, (name, text)
                elif value and name != "timeLeft":
                    assert str(value) in re.sub(r"\D", "", text), (name, value, text)


@pytest.mark.parametrize(
    ("language", "number", "form"),
    [
        *(("ru", number, "a") for number in (1, 21, 101)),
        *(("ru", number, "b") for number in (2, 4, 22)),
        *(("ru", number, "c") for number in (0, 5, 11, 12, 111)),
        *(("en", number, "a" if number == 1 else "b") for number in (0, 1, 2, 21)),
        *(("fr", number, "a" if number < 2 else "b") for number in (0, 1, 2, 21)),
        *((language, number, "a") for language in ("hy", "az", "kk", "mn") for number in (0, 1, 5)),
    ],
)
def test_a_noun_has_the_form_of_its_number(run: Run, language: str, number: int, form: str) -> None:
    of = f"(await import('/widget/texts/{language}.js')).of"
    assert run(f"return ({of})({number}, 'a', 'b', 'c')") == f"{number}\u00a0{form}"


@pytest.mark.parametrize(
    ("letters", "languages"),
    [("[Ա-և]", ["hy"]), ("[əğış]", ["az"]), ("[әғқңұһі]", ["kk"]), ("[өү]", ["kk", "mn"])],
)
def test_each_language_is_written_in_its_own_letters(letters: str, languages: list[str]) -> None:
    for language in ("en", "ru", "hy", "az", "kk", "mn"):
        own = "".join(
            (STATIC / "widget" / "texts" / f"{language}{part}.js").read_text()
            for part in ("", "-later")
        )
        assert bool(re.search(letters, own)) == (language in languages), language


@pytest.mark.parametrize(
    ("wanted", "listed", "words"),
    [
        ("['hy-AM', 'ru']", "hy-AM,ru", "hy"),
        ("['ru_RU']", "ru-RU", "ru"),
        ("['DE-at', 'kk-kz', 'en']", "de-AT,kk-KZ,en", "kk"),
        ("['zh-hant-tw', null, undefined, '', 'not a tag', 'zh-Hant-TW']", "zh-Hant-TW", "en"),
        ("['az-Cyrl-AZ']", "az-Cyrl-AZ", "az"),
        ("['de-AZ', 'mnc', 'fra']", "de-AZ,mnc,fr", "fr"),
        ("[]", "en", "en"),
        ("['<img>', 'constructor']", "en", "en"),
        ("[...'abcdefghijkl'].map((letter) => `de-A${letter}`)",
         ",".join(f"de-A{letter}" for letter in "ABCDEFGH"), "en"),
    ],
)  # fmt: skip
def test_the_first_language_with_words_is_spoken(
    run: Run, wanted: str, listed: str, words: str
) -> None:
    module = "const { wishes, wordsFor } = await at('languages');"
    assert run(f"{module} return wishes(...{wanted})") == listed
    assert run(f"{module} return wordsFor(wishes(...{wanted}))") == words


@pytest.mark.parametrize(
    ("locale", "direction"),
    [
        ("ar", "rtl"),
        ("he-IL", "rtl"),
        ("az-Arab", "rtl"),
        ("ur", "rtl"),
        ("az", "ltr"),
        ("hy", "ltr"),
    ],
)
def test_a_test_is_written_in_its_direction(run: Run, locale: str, direction: str) -> None:
    module = "const { spokenIn } = await at('languages');"
    assert run(f"{module} return spokenIn({{ locale: '{locale}' }})") == {
        "lang": locale,
        "dir": direction,
    }
    assert run(f"{module} return [spokenIn(null), spokenIn({{}})]") == [{}, {}]
