"""Structured logs: JSON objects for machines, readable lines on a terminal.

What a client sends never reaches the log as it is. Of a library's record only the template of its
message is logged, since the arguments may be parts of a request. In all texts secrets are masked,
control characters are escaped, and the length is bounded.
"""

import logging
import re
import sys
import unicodedata
from collections.abc import MutableMapping
from typing import Any

import structlog

from widget_gateway.settings import LogFormat, Settings

MAX_TEXT = 1_000
"""Characters of a logged value. What is longer is cut."""

MAX_TRACE = 20_000
"""Characters of a logged trace."""

_SECRET = re.compile(
    r"""
      ()\b(?:live|test)_[\w-]{16,}           # a provider's key
    | ()\beyJ[\w-]+(?:\.[\w-]*)+             # a JSON Web Token
    | ()(?<![\w-])[\w-]{43}(?![\w-])         # 32 random bytes as base64url: a resume token
    | (\b(?:bearer|basic)\s+)[^\s'"]+         # an Authorization header
    | (\b(?:client|client_key|user_key|access_token|resume_token|token|key|pin|password)=)
      [^\s&'"]+                               # a parameter of a query or a form
    """,
    re.VERBOSE | re.IGNORECASE,
)
_ESCAPED_CATEGORIES = {"Cc", "Cf", "Cs", "Zl", "Zp"}
"""Unicode categories of what moves a terminal's cursor, hides text or begins a line."""


EventDict = MutableMapping[str, Any]


def safe_text(text: str, most: int = MAX_TEXT) -> str:
    """A text as it may be logged: secrets masked, control characters escaped, at most so long."""
    if len(text) > most:
        text = f"{text[:most]}… ({len(text)} characters)"
    text = _SECRET.sub(lambda found: f"{found[found.lastindex or 0]}***", text)
    if text.isprintable():
        return text
    return "".join(map(_escaped, text))


def _escaped(character: str) -> str:
    if unicodedata.category(character) in _ESCAPED_CATEGORIES:
        return character.encode("unicode_escape").decode("ascii")
    return character


def _safe(value: Any) -> Any:
    if isinstance(value, str):
        return safe_text(value)
    if isinstance(value, dict):
        return {_safe(key): _safe(member) for key, member in value.items()}
    if isinstance(value, list | tuple):
        return [_safe(member) for member in value]
    if value is None or isinstance(value, bool | int | float):
        return value
    return safe_text(str(value))


def _make_safe(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """A structlog processor: make all that is logged safe. The lines of a trace are set off."""
    trace = event.pop("exception", None)
    cleaned: EventDict = {key: _safe(value) for key, value in event.items()}
    if isinstance(trace, str):
        lines = trace[-MAX_TRACE:].splitlines()
        cleaned["exception"] = "\n".join(f"  | {safe_text(line)}" for line in lines)
    elif trace is not None:
        cleaned["exception"] = _safe(trace)
    return cleaned


def configure_logs(settings: Settings) -> None:
    """Send the gateway's events and the libraries' records to standard error, in one format.

    Traces contain no local variables, since keys and tokens are among them.
    """
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    renderers: list[Any]
    if settings.log_format is LogFormat.JSON:
        renderers = [
            structlog.processors.ExceptionRenderer(
                structlog.tracebacks.ExceptionDictTransformer(show_locals=False)
            ),
            _make_safe,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ]
    else:
        renderers = [
            structlog.processors.format_exc_info,
            _make_safe,
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), exception_formatter=structlog.dev.plain_traceback
            ),
        ]
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, *renderers],
            use_get_message=False,  # Only the template: arguments may be parts of a request.
        )
    )
    root = logging.getLogger()
    root.handlers = [handler]
    root.setLevel(settings.log_level.value.upper())
    logging.getLogger("pymongo").setLevel(logging.WARNING)  # Its debug records contain documents.
    # What its background tasks meet in an outage is told by whoever waits for the database.
    logging.getLogger("pymongo.client").setLevel(logging.CRITICAL)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
