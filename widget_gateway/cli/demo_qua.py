"""QUA in the demo: a user, and questions and answers that its search finds."""

import secrets
from dataclasses import dataclass

from widget_gateway.composition.application import Backend
from widget_gateway.domain.errors import QuaUserExistsError
from widget_gateway.domain.qua.users import User
from widget_gateway.services.qua.external_resources import GivenResource
from widget_gateway.services.qua.questions import QuestionText

USERNAME = "demo"

PASSWORD_BYTES = 9
"""Random bytes of the user's password: twelve characters, which can be typed from the screen."""

MISSPELLED = "прнтер не пичатает"
"""A query that finds an answer only because it is corrected."""


@dataclass(frozen=True)
class QuaSignIn:
    """What one signs in to QUA with."""

    username: str
    password: str


async def prepare_qua(backend: Backend) -> QuaSignIn:
    """Make the demo's user, or give it a new password, and fill QUA if it is empty."""
    users = backend.services.qua.users
    password = secrets.token_urlsafe(PASSWORD_BYTES)
    try:
        user = await users.create(USERNAME, password, first_name="Demo", last_name="", editor=True)
    except QuaUserExistsError:
        user = await users.set_password(USERNAME, password)
    await _fill(backend, user)
    return QuaSignIn(USERNAME, password)


async def _fill(backend: Backend, author: User) -> None:
    services = backend.services.qua
    _, count = await services.questions.list_page(limit=1, offset=0)
    if count:  # What people have written or changed is theirs.
        return
    for question in _QUESTIONS:
        await services.questions.ask(author, question)
    for resource in _RESOURCES:
        await services.resources.add(author, resource)


_QUESTIONS = (
    QuestionText(
        title="Как сменить пароль от почты?",
        keywords=("вход", "учётная запись"),
        raw="Откройте **Настройки → Безопасность** и нажмите «Сменить пароль». Новый пароль "
        "начинает действовать сразу, на всех устройствах.\n\nЕсли вы забыли старый пароль, "
        "обратитесь в службу поддержки: там вас попросят показать пропуск.",
    ),
    QuestionText(
        title="Принтер не печатает. Что делать?",
        keywords=("печать", "бумага", "картридж"),
        raw="1. Проверьте, есть ли в лотке бумага.\n2. Выключите принтер и включите его снова "
        "через полминуты.\n3. Удалите застрявшие задания из очереди печати.\n\nЕсли не помогло, "
        "напишите номер принтера в службу поддержки: он указан на наклейке.",
    ),
    QuestionText(
        title="Как оформить отпуск?",
        keywords=("заявление", "кадры"),
        raw="Подайте заявление на портале не позже чем за две недели. Руководитель увидит его "
        "сразу, а отдел кадров ответит в течение трёх дней.",
    ),
    QuestionText(
        title="Где взять справку о доходах?",
        keywords=("бухгалтерия", "зарплата"),
        raw="Закажите её на портале в разделе «Документы». Бумажную справку с печатью можно "
        "забрать в бухгалтерии на следующий день.",
    ),
    QuestionText(
        title="Какой тест помогает выбрать профессию?",
        keywords=("профориентация", "карьера"),
        raw="Начните с теста «Карьерные интересы»: он показывает, какие занятия вам ближе. Тест "
        "«Ценности в работе» добавит, что для вас важно в самой работе.",
    ),
    QuestionText(
        title="How do I reset my password?",
        keywords=("sign in", "account"),
        raw="Open **Settings → Security** and choose “Reset password”. The new password is valid "
        "at once, on all devices.\n\nIf you have forgotten the old one, ask the help desk.",
    ),
    QuestionText(
        title="How do I book a meeting room?",
        keywords=("calendar", "conference"),
        raw="Invite the room to your meeting, as you invite people. Rooms that are free answer "
        "within a minute.",
    ),
    QuestionText(
        title="Where do I find my payslip?",
        keywords=("salary", "documents"),
        raw="It is on the portal, under *Documents*, from the fifth day of each month on.",
    ),
)

_RESOURCES = (
    GivenResource(
        # The address of the article «Профориентация».
        url="https://ru.wikipedia.org/wiki/%D0%9F%D1%80%D0%BE%D1%84%D0%BE%D1%80%D0%B8%D0%B5"
        "%D0%BD%D1%82%D0%B0%D1%86%D0%B8%D1%8F",
        title="Профориентация",
        content="Профориентация помогает человеку выбрать профессию по интересам и способностям.",
    ),
    GivenResource(
        url="https://www.onetonline.org/",
        title="O*NET OnLine",
        content="Descriptions of occupations: tasks, skills, interests, and what people earn.",
    ),
)
