"""Sentences for the users of the portal, in Russian and English."""

from collections.abc import Mapping

from handlers.contract.errors import FieldFault
from handlers.languages import Locale
from widget_gateway.domain.errors import GatewayError

_SENTENCES: Mapping[str, Mapping[Locale, str]] = {
    "required": {"ru": "Поле обязательно.", "en": "The field is required."},
    "blank": {"ru": "Поле не может быть пустым.", "en": "The field must not be empty."},
    "not_string": {"ru": "Должна быть строка.", "en": "It must be a string."},
    "not_object": {"ru": "Должен быть объект.", "en": "It must be an object."},
    "not_array": {"ru": "Должен быть список.", "en": "It must be a list."},
    "too_long": {"ru": "Не длиннее {limit} символов.", "en": "At most {limit} characters."},
    "too_large": {"ru": "Не больше {limit} КиБ в виде JSON.", "en": "At most {limit} KiB as JSON."},
    "too_few": {"ru": "Не меньше {limit} элементов.", "en": "At least {limit} items."},
    "too_many": {"ru": "Не больше {limit} элементов.", "en": "At most {limit} items."},
    "choice": {"ru": "Одно из: {choices}.", "en": "One of: {choices}."},
    "item": {"ru": "Элемент {number}: {sentence}", "en": "Item {number}: {sentence}"},
    "pin": {"ru": "Пин-код — ровно четыре цифры.", "en": "A PIN is exactly four digits."},
    "email": {"ru": "Должен быть адрес e-mail.", "en": "It must be an e-mail address."},
    "login_taken": {
        "ru": "Логин принадлежит другому пользователю.",
        "en": "The login belongs to another user.",
    },
    "moment": {
        "ru": "Должна быть дата: ISO 8601, ГГГГ-ММ-ДД ЧЧ:ММ:СС или время Unix в секундах.",
        "en": "It must be a date: ISO 8601, YYYY-MM-DD HH:MM:SS or Unix time in seconds.",
    },
    "future": {"ru": "Дата ещё не наступила.", "en": "The date is in the future."},
    "session_id": {"ru": "Должно быть целое число.", "en": "It must be a whole number."},
    "all": {
        "ru": "Чтобы удалить все сессии, передайте all=1.",
        "en": "To delete all sessions, give all=1.",
    },
    "session_or_all": {
        "ru": "Передайте либо session_id, либо all=1.",
        "en": "Give either session_id or all=1.",
    },
}

_RUSSIAN_REASONS = {
    "callback_key_invalid": "Заголовок X-Callback-Key отсутствует или неверен.",
    "credentials_invalid": "Неверный логин или пин-код, или вход заблокирован.",
    "token_invalid": "Токен неверен, использован или истёк, или сессия завершена.",
    "rate_limited": "Слишком много попыток. Повторите позже.",
    "busy": "Слишком много запросов. Повторите чуть позже.",
    "storage_unavailable": "Хранилище недоступно. Повторите позже.",
}
"""Sentences that people may see, by the `reason` of an error. All others are for programmers, or
prescribed by the contract, and stay English."""

_ENGLISH_REASONS = {
    "token_invalid": "The token is wrong, used or expired, or its session has ended."
}


def sentence(fault: FieldFault, locale: Locale) -> str:
    """The sentence for people that says what is wrong with a field."""
    inner = fault.data.get("fault")
    data = dict(fault.data)
    if isinstance(inner, FieldFault):
        data["sentence"] = sentence(inner, locale)
    return _SENTENCES[fault.kind][locale].format(**data)


def refusal(error: GatewayError, locale: Locale) -> str:
    """The sentence for people that says why a call is refused."""
    known = _RUSSIAN_REASONS if locale == "ru" else _ENGLISH_REASONS
    return known.get(error.reason, error.message)
