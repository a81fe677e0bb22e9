"""Logs are safe: each event is a line of limited length, without secrets and control characters."""

import asyncio
import json
import logging
import socket

import pytest
import structlog

from widget_gateway.logs import MAX_TEXT, configure_logs, safe_text
from widget_gateway.settings import LogFormat, LogLevel, Settings

KEY = "live_Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4"
RESUME_TOKEN = "Zm9vYmFyYmF6cXV4Zm9vYmFyYmF6cXV4Zm9vYmFyYmF"
JWT = "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"


@pytest.fixture
def restored_logs():
    """Restore the configuration of logs after the test."""
    root = logging.getLogger()
    saved = (root.handlers, root.level, structlog.get_config())
    yield
    root.handlers, level, configuration = saved
    root.setLevel(level)
    structlog.configure(**configuration)


@pytest.mark.parametrize(
    ("text", "logged"),
    [
        ("Анна is printable", "Анна is printable"),
        (f"key {KEY}", "key ***"),
        (f"Authorization: Bearer {KEY}", "Authorization: Bearer ***"),
        ("authorization: basic dXNlcjpwYXNz!", "authorization: basic ***"),
        (f"/x?client_key={KEY}&user_id=7", "/x?client_key=***&user_id=7"),
        ("pin=4711", "pin=***"),
        (f"token {JWT} expired", "token *** expired"),
        (RESUME_TOKEN, "***"),
        ("two\nlines\r\x1b[2J", r"two\nlines\r\x1b[2J"),
        ("\u2028 \u202e \x85 \ud800 \x7f", r"\u2028 \u202e \x85 \ud800 \x7f"),
    ],
)
def test_secrets_and_control_characters(text, logged):
    assert safe_text(text) == logged


def test_what_is_long_is_cut():
    assert len(safe_text("x" * 10**6)) < MAX_TEXT + 40


@pytest.mark.usefixtures("restored_logs")
@pytest.mark.parametrize("log_format", list(LogFormat))
def test_of_a_librarys_record_only_the_template_is_logged(capsys, log_format):
    configure_logs(Settings(log_format=log_format))
    logging.getLogger("library").warning("Malformed %s from %s", f"Bearer {KEY}\x1b", "secret")
    logging.getLogger("library").warning(f"error on read: \n{KEY}")  # noqa: G004 - as libraries do
    structlog.get_logger("ours").warning("event", text=f"a\nb {KEY}", data={"k\r": ["\x0b"]})
    try:
        raise ValueError(f"forged\n2026-01-01 [info] line {KEY}")
    except ValueError:
        structlog.get_logger("ours").exception("failed")
    logged = capsys.readouterr().err
    assert "Malformed %s from %s" in logged
    assert "secret" not in logged
    assert KEY not in logged
    assert not any(line.startswith("2026-01-01") for line in logged.splitlines())
    assert all(line.isprintable() for line in logged.split("\n"))


@pytest.mark.gen_test
@pytest.mark.usefixtures("restored_logs")
@pytest.mark.parametrize("stray", ["\r", "\x0b", "\x1b", "\x00", "\x85"])
async def test_a_header_with_a_stray_byte_tells_no_key(capsys, stray, http_port, http_server):
    assert http_server
    configure_logs(Settings(log_format=LogFormat.JSON, log_level=LogLevel.DEBUG))
    head = f"GET /healthz HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {KEY}{stray}x\r\n\r\n"
    with socket.create_connection(("127.0.0.1", http_port)) as connection:
        connection.setblocking(False)  # noqa: FBT003 - its only form
        loop = asyncio.get_running_loop()
        await loop.sock_sendall(connection, head.encode("latin1"))
        assert await loop.sock_recv(connection, 1_000)
    logged = capsys.readouterr().err
    assert logged
    assert KEY not in logged
    assert all(json.loads(line)["level"] for line in logged.splitlines())


@pytest.mark.usefixtures("restored_logs")
@pytest.mark.parametrize("log_format", list(LogFormat))
def test_a_logged_trace_tells_no_local_variables(capsys, log_format):
    configure_logs(Settings(log_format=log_format))
    try:
        _fail(KEY)
    except RuntimeError:
        structlog.get_logger("test").exception("failed")
        logging.getLogger("library").exception("failed too")
    logged = capsys.readouterr().err
    assert "innards" in logged
    assert "_fail" in logged
    assert KEY not in logged


def _fail(client_key):
    raise RuntimeError(f"innards {len(client_key)}")


@pytest.mark.usefixtures("restored_logs")
def test_a_json_log_line_is_one_object(capsys):
    configure_logs(Settings(log_format=LogFormat.JSON))
    structlog.get_logger("test").info("строка", text="a\nb")
    logging.getLogger("library").warning("of a library")
    logging.getLogger("library").debug("too quiet")
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert [(line["event"], line["level"]) for line in lines] == [
        ("строка", "info"),
        ("of a library", "warning"),
    ]
    assert all(line["timestamp"] for line in lines)
