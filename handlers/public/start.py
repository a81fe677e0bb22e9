"""`/`: a page for newcomers, which leads to what this gateway offers; and the icon of its pages."""

from pathlib import Path
from typing import NamedTuple

from handlers.addresses import own_origin
from handlers.base import AuthKind, BaseHandler
from handlers.contract.operations import Operation, Operations
from handlers.languages import Locale, locale_of
from handlers.public.services import PublicServices
from handlers.static_files import PublicFileHandler
from widget_gateway.services.first_steps import CREATE_PROVIDER, IMPORT_TESTS

STATIC_ROOT = Path(__file__).parent.parent.parent / "static" / "start"

FILE_MAX_AGE_S = 3_600
"""Seconds for which a browser uses the icon and the style sheet without asking for changes: few
enough for an upgrade, and enough for a visit."""

_POLICY = (
    "default-src 'none'; style-src 'self'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)
"""Content-Security-Policy of the page, which runs no script."""

LANGUAGES: dict[Locale, str] = {"ru": "Русский", "en": "English"}


class Words(NamedTuple):
    """What the page says."""

    languages: str
    lead: str
    docs: str
    about_docs: str
    qua: str
    about_qua: str
    operators: str
    import_tests: str
    create_provider: str
    embed: str
    doctor: str
    schema: str
    readiness: str
    switch_off: str


WORDS: dict[Locale, Words] = {
    "ru": Words(
        languages="Язык",
        lead="Шлюз показывает тесты на страницах партнёров, сохраняет каждый ответ и передаёт "
        "результат серверу партнёра.",
        docs="Справочник API",
        about_docs="Все вызовы для партнёров, портала и QUA с поиском: параметры, ошибки, примеры "
        "на PHP, Python, Node и с curl. Рядом — руководства.",
        qua="Вопросы и ответы",
        about_qua="Поиск QUA, который исправляет опечатки. Имя и пароль выдаёт оператор шлюза.",
        operators="Если этот шлюз — ваш",
        import_tests="Загрузите тесты, которые поставляются со шлюзом:",
        create_provider="Зарегистрируйте партнёра. Его ключи будут показаны один раз:",
        embed="Поставьте виджет на страницу партнёра:",
        doctor="Если что-то не работает, эта команда скажет, что делать:",
        schema="Схема тестов",
        readiness="Готовность",
        switch_off="Эту страницу отключает",
    ),
    "en": Words(
        languages="Language",
        lead="This gateway shows tests on partners’ pages, saves every answer, and hands the "
        "result to the partner’s server.",
        docs="API reference",
        about_docs="All calls for partners, the portal and QUA, with search: parameters, errors, "
        "and examples in PHP, Python, Node and curl. The guides are beside it.",
        qua="Questions and answers",
        about_qua="QUA’s search, which corrects misspelled words. The gateway’s operator gives "
        "you a name and a password.",
        operators="If this gateway is yours",
        import_tests="Import the tests that come with the gateway:",
        create_provider="Register a partner. Its keys are shown only this once:",
        embed="Put the widget on the partner’s page:",
        doctor="If something does not work, this says what to do:",
        schema="Schema of tests",
        readiness="Readiness",
        switch_off="This page is switched off by",
    ),
}


class StartPageHandler(BaseHandler):
    """The page. It says nothing about what is stored, since anybody may read it."""

    services: PublicServices

    auth = AuthKind.PUBLIC
    operations = Operations(
        get=Operation(
            summary="The start page",
            about="A page for people, in Russian or English by `Accept-Language`. The setting "
            "`START_PAGE=off` switches it off: then the address answers 404.",
            tag="public",
            answer=None,
            media_types=("text/html",),
        )
    )

    def get(self) -> None:
        """Serve the page in the language that is asked for, or else preferred."""
        services = self.services
        wanted = self.get_query_argument("locale", "")
        accepted = self.request.headers.get("Accept-Language", "")
        locale = next((code for code in LANGUAGES if code == wanted), locale_of(accepted))
        page = services.templates.get_template("start.html").render(
            locale=locale,
            languages=LANGUAGES,
            words=WORDS[locale],
            import_tests=IMPORT_TESTS,
            create_provider=CREATE_PROVIDER,
            origin=own_origin(self.request, services.public_url, services.trusted_proxies),
        )
        self.set_header("Content-Security-Policy", _POLICY)
        self.set_header("Cache-Control", "no-cache")
        self.set_header("Referrer-Policy", "no-referrer")
        self.set_header("Vary", "Accept-Language")
        self.set_header("Content-Language", locale)
        self.set_header("Content-Type", "text/html; charset=UTF-8")
        self.finish(page)

    head = get


class StartFileHandler(PublicFileHandler):
    """`/favicon.ico`, `/favicon.svg` and `/static/start/…`: the icon, and files of the page."""

    max_age_s = FILE_MAX_AGE_S

    def get_content_type(self) -> str:
        """Return the media type; systems know different types of an icon, or none."""
        is_icon = self.absolute_path is not None and self.absolute_path.endswith(".ico")
        return "image/x-icon" if is_icon else super().get_content_type()


ROUTES = [(r"/", StartPageHandler)]
FILE_PATHS = (r"/(favicon\.ico)", r"/(favicon\.svg)", r"/static/start/(.*)")
