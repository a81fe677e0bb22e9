"""The examples of the reference, run as a reader runs them: by bash, PHP, Python and Node."""

import ast
import asyncio
import inspect
import json
import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlencode
from urllib.request import urlopen

import pytest

from handlers.reference.calls import calls_of
from handlers.reference.examples import LANGUAGES, examples_of
from handlers.reference.openapi import openapi_document
from handlers.reference.pages import endpoints
from tests.support.channel_client import ChannelClient
from tests.support.fixtures import WORK_VALUES
from tests.support.processes import Gateway
from widget_gateway_client import Client

ROOT = Path(__file__).parents[2]
NODE = str(ROOT / ".venv" / "bin" / "node")
PHP = shutil.which("php")

CALLBACK_KEY = "callback key"
USER = "student-17"
EXAMPLE_SESSION = "5d9b1c1e-8f37-4f0b-9d3c-2f9a7e6b4c21"
EXAMPLE_RESULT = "0f8c2b5e-3f0a-4c38-a7bb-6c9d7c1f2a10"

READS = {
    "users": USER,
    "user/tests": "work-values",
    "session/get": "career-interests",
    "result/get": "work-values",
    "answers/get": "items",
    "stats": "access_count",
    "invoice": "RUB",
    "webhook/deliveries": "deliveries",
    "user/export": USER,
}
"""Calls of the partner API that change nothing, with something that each answer has."""

PLAIN = {
    "callback/pin/update": "",
    "callback/sessions/{id_phperson}": "",
    "search": "used_query",
}
"""Calls without a client, in an order in which they work, with something that the answer has."""


def all_calls():
    return calls_of(openapi_document(endpoints(), ""))


def example(call, language, origin="https://gateway.example", file=None):
    """The code of a call in a language; None if it has none."""
    made = {one.language: one.code for one in examples_of(call, origin, file)}
    return made.get(language)


def needed(language):
    """Skip a test whose language is not at hand, unless `make test-clients` has asked for it."""
    is_there = {
        "php": PHP is not None,
        "node": Path(NODE).exists(),
    }.get(language, True)
    if not is_there:
        assert not os.environ.get("CLIENTS"), f"{language} is missing"
        pytest.skip(f"there is no {language}; `make system` installs it")


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, mongodb_uri, spelling_data_dir):
    started = Gateway(
        tmp_path_factory.mktemp("examples"),
        MONGODB_URI=mongodb_uri,
        DATABASE="examples",
        JWT_SECRET="JWT secret of the tests, 32 bytes",
        PIN_PEPPER="PIN pepper of the tests, 32 bytes",
        CALLBACK_KEY=CALLBACK_KEY,
    ).with_dictionary(spelling_data_dir)
    started.command("qua", "user", "create", "--username", "anna", stdin="secret\n")
    started.command("test", "import", "--bundled")
    started.start()
    yield started
    started.stop()


@pytest.fixture(scope="module")
def keys(gateway):
    """The variables of the examples, for a user with a result and a visitor who is at the pause."""
    options = ("--policy", "postpaid", "--price", "100.00", "--currency", "RUB")
    made = gateway.command(
        *("provider", "create", "--slug", "college", "--name", "C", *options),
        *("--test-policy", "unlimited", "--allow-no-origin"),
    )
    key = made["client_key"]

    def call(name, **parameters):
        body = urlencode({"client_key": key} | parameters).encode()
        with urlopen(f"{gateway.url}/partner/api/v3/{name}", body) as answer:  # noqa: S310
            return json.load(answer)

    saved = call("progress/save", test="work-values", progress=json.dumps(WORK_VALUES))
    call("result/attach", result_key=saved["result_key"], user_id=USER)

    async def begin():
        visitor = await ChannelClient.connect(gateway.url, origin=None)
        session = await visitor.open("college", test="career-interests")
        await visitor.leave()
        return session["session"]

    with urlopen(f"{gateway.url}/api/auth", b"username=anna&password=secret") as answer:  # noqa: S310
        token = json.load(answer)["response"]["token"]
    return {
        "CLIENT_KEY": key,
        "CALLBACK_KEY": CALLBACK_KEY,
        "TOKEN": token,
        "RESULT": saved["result_key"],
        "SESSION": asyncio.run(begin()),
    }


class Reader:
    """Somebody who copies an example into a file beside an installed client, and runs it."""

    def __init__(self, folder, gateway, keys) -> None:
        self.folder = folder
        self._gateway = gateway
        self._keys = keys
        (folder / "vendor").mkdir()
        loader = f"<?php require '{ROOT}/clients/php/autoload.php';"
        (folder / "vendor" / "autoload.php").write_text(loader)
        scope = folder / "node_modules" / "@widget-gateway"
        scope.mkdir(parents=True)
        (scope / "client").symlink_to(ROOT / "clients" / "node")

    def run(self, call, language, file=None):
        code = example(call, language, self._gateway.url, file)
        code = code.replace(EXAMPLE_RESULT, self._keys["RESULT"])
        code = code.replace(EXAMPLE_SESSION, self._keys["SESSION"])
        endings = {"curl": "sh", "php": "php", "python": "py", "node": "mjs"}
        path = self.folder / f"example.{endings[language]}"
        path.write_text(code, "utf-8")
        programs = {
            "curl": ("bash", "-e"),
            "php": (PHP, "-d", "display_errors=stderr"),
            "python": (sys.executable,),
            "node": (NODE,),
        }
        done = subprocess.run(
            [*programs[language], str(path)],
            cwd=self.folder,
            env=os.environ | self._keys | {"PYTHONPATH": str(ROOT / "clients" / "python")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, code + done.stdout + done.stderr
        assert language == "curl" or done.stderr == "", code + done.stderr
        return done.stdout


@pytest.fixture
def reader(tmp_path, gateway, keys):
    return Reader(tmp_path, gateway, keys)


@pytest.mark.parametrize("language", LANGUAGES)
def test_examples_of_calls_that_read_answer(reader, language):
    needed(language)
    calls = {call.title: call for call in all_calls() if call.is_of_clients}
    for title, expected in READS.items():
        printed = reader.run(calls[title], language)
        assert expected in printed, (title, printed)
        assert "reason" not in printed


@pytest.mark.parametrize("language", LANGUAGES)
def test_examples_that_save_a_file_save_it(reader, language):
    needed(language)
    (call,) = (call for call in all_calls() if call.title == "invoice")
    reader.run(call, language, "pdf")
    assert (reader.folder / "invoice.pdf").read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("language", LANGUAGES)
def test_examples_without_a_client_answer(reader, language):
    needed(language)
    calls = {call.title: call for call in reversed(all_calls())}
    for title, expected in PLAIN.items():
        printed = reader.run(calls[title], language)
        assert expected in printed
        assert "rror" not in printed, (title, printed)
        assert "result" in printed or '"ok":1' in printed or "ok" in printed


def test_every_call_of_a_program_has_examples_that_are_python():
    for call in all_calls():
        code = example(call, "python")
        if call.family in ("partner", "portal", "qua"):
            ast.parse(code)
        else:
            assert code is None


def test_python_examples_name_methods_and_parameters_of_the_client():
    seen = set()
    for call in all_calls():
        for file in (None, *call.files):
            if not call.is_of_clients:
                continue
            tree = ast.parse(example(call, "python", file=file))
            (made,) = [
                node
                for node in ast.walk(tree)
                if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("client.")
            ]
            method = getattr(Client, ast.unparse(made.func).partition(".")[2])
            inspect.signature(method).bind(None, **{word.arg: None for word in made.keywords})
            seen.add(method.__name__)
    assert {"result_attach", "progress_save", "invoice", "invoice_file"} <= seen


PHP_PARSER = (
    "foreach (array_slice($argv, 1) as $f) token_get_all(file_get_contents($f), TOKEN_PARSE);"
)
NODE_PARSER = """
import { readFileSync } from "node:fs";
import { SourceTextModule } from "node:vm";
for (const file of process.argv.slice(1)) new SourceTextModule(readFileSync(file, "utf8"));
"""


def parse(language, paths):
    """Have files read by the language, without running them."""
    programs = {
        "curl": ("bash", "-n"),
        "php": (PHP, "-r", PHP_PARSER),
        "python": (sys.executable, "-m", "py_compile"),
        "node": (
            *(NODE, "--no-warnings", "--experimental-vm-modules"),
            *("--input-type=module", "--eval", NODE_PARSER, "--"),
        ),
    }
    return subprocess.run(
        [*programs[language], *map(str, paths)], capture_output=True, text=True, check=False
    )


@pytest.mark.parametrize("language", ["php", "node"])
def test_every_example_can_be_read_by_its_language(tmp_path, language):
    needed(language)
    paths = []
    for number, call in enumerate(all_calls()):
        for file in (None, *call.files):
            code = example(call, language, file=file)
            if code is not None:
                paths.append(tmp_path / f"{number}-{file}")
                paths[-1].write_text(code, "utf-8")
    assert len(paths) > 30
    done = parse(language, paths)
    assert (done.returncode, done.stderr) == (0, "")
    paths[-1].write_text("<?php (((", "utf-8")
    assert parse(language, paths).returncode != 0


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_hostile_address_stays_a_text(tmp_path, language):
    needed(language)
    origin = "https://x'\"\\`$(touch hit)${process.exit(1)}\"; touch hit; '"
    calls = {call.title: call for call in reversed(all_calls())}
    for title in ("stats", "search"):
        path = tmp_path / f"{title}.txt"
        path.write_text(example(calls[title], language, origin), "utf-8")
        done = parse(language, [path])
        assert (done.returncode, done.stderr) == (0, "")


def test_a_hostile_address_is_one_word_of_the_shell():
    origin = "https://x'\"\\`$(touch hit)"
    for call in all_calls():
        words = shlex.split(example(call, "curl", origin))
        assert sum(word.startswith(origin) for word in words) == 1
