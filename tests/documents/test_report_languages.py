"""A report in each language of the catalogue: its own words, its letters in the PDF, its dates."""

import io
from datetime import UTC, datetime
from html import unescape

import msgspec
import pytest
from pypdf import PdfReader

from handlers.documents.pdf_worker import pdf_of
from handlers.documents.report_worker import Request, written
from handlers.documents.words import languages, texts_of
from widget_gateway.domain.catalogue.reports import make_report
from widget_gateway.services.catalogue.definitions import definition_from

LETTERS = {
    "ru": "Съешь же ещё этих мягких французских булок",
    "en": "The quick brown fox jumps over the lazy dog",
    "hy": "Բել դղյակի ձախ ժամն օֆ ազգությանը ցպահանջ չճշտած վնաս էր եւ փառք",
    "az": "Zəfər, jaketini də, papağını da götür, bu axşam hava çox soyuq olacaq İı",
    "kk": "Әлемде ғажап қала, таңғы өң, ұлы үн, гауһар, ірі",
    "mn": "Щётканы фермд пийшин цувъя. Бөгж зогсч хэльюү.",
    "fr": "Voix ambiguë d’un cœur qui, au zéphyr, préfère les jattes de kiwis ÿ",
}
DATES = {
    "ru": "4 мая 2026",
    "en": "May 4, 2026",
    "hy": "2026 թ. մայիսի 4",
    "az": "4 may 2026",
    "kk": "2026 ж. 4 мамыр",
    "mn": "2026 оны тавдугаар сарын 4",
    "fr": "4 mai 2026",
}


def page_in(language):
    """A report of a test that lacks no language, as a page."""
    text = {"ar": "كيف أنت؟", **LETTERS}
    document = {
        "slug": "letters",
        "title": text,
        "locales": [*text],
        "questions": [
            {
                "id": "1",
                "type": "option",
                "text": text,
                "options": [{"value": "1", "text": text}, {"value": "2", "text": text}],
            }
        ],
        "scales": [{"id": "s", "title": text, "plus": ["1"]}],
    }
    report = make_report(
        definition_from(document),
        {"1": ("2",)},
        language,
        datetime(2026, 5, 4, 12, tzinfo=UTC),
        sandbox=True,
    )
    return written(msgspec.json.encode(Request("html", report))).decode()


def test_reports_speak_the_languages_of_the_widget():
    assert sorted(LETTERS) == sorted(DATES) == [*languages()]


@pytest.mark.sampled
@pytest.mark.parametrize("language", LETTERS)
def test_a_report_has_the_words_letters_and_dates_of_its_language(language):
    page = page_in(language)
    assert f'<html lang="{language}">' in page
    words = unescape(page).replace("\xa0", " ").replace("\u202f", " ")
    assert texts_of(language)["report"] in words
    assert texts_of(language)["sandbox"].replace("\xa0", " ") in words
    assert DATES[language] in words
    document = PdfReader(io.BytesIO(pdf_of(page.encode())))
    text = "".join(sheet.extract_text() for sheet in document.pages)
    printed = "".join(text.split())
    assert "".join(LETTERS[language].split()) in printed
    assert "".join(texts_of(language)["report"].split()) in printed
    assert "\ufffd" not in text


def test_a_report_in_another_language_has_english_words_and_its_own_direction():
    page = page_in("ar")
    assert '<html lang="ar" dir="rtl">' in page
    assert texts_of("en")["report"] in page
