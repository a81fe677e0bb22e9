"""The image: what it holds and what it doesn't."""

import ast
import re
import shlex
import subprocess

import pytest

from tests.deploy.conftest import DEPLOY, ROOT
from tests.support.tools import tool

DOCKERFILE = DEPLOY / "Dockerfile"


def instructions():
    """Return the instructions as pairs of a name and its arguments, without comments."""
    text = re.sub(r"^#.*\n", "", DOCKERFILE.read_text("utf-8"), flags=re.MULTILINE)
    lines = re.sub(r"\\\n", " ", text).splitlines()
    return [(line.split(maxsplit=1)[0], line.split(maxsplit=1)[1]) for line in lines if line]


def stages():
    """Return the instructions of each stage."""
    found = []
    for name, arguments in instructions():
        if name == "FROM":
            found.append([])
        if found:
            found[-1].append((name, arguments))
    return found


def last(name):
    """Return the arguments of this instruction in the last stage."""
    return [arguments for found, arguments in stages()[-1] if found == name]


def argument(name):
    return dict(arguments.split("=") for found, arguments in instructions() if found == "ARG")[name]


def makefile(variable):
    text = (ROOT / "Makefile").read_text("utf-8")
    return re.search(rf"^{variable} := (.*)$", text, re.MULTILINE)[1]


def test_a_linter_finds_nothing():
    done = subprocess.run(
        [tool("hadolint"), DOCKERFILE], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_the_last_stage_is_slim_and_has_no_build_tools():
    assert re.fullmatch(r"python:\$\{PYTHON\}-slim-[a-z]+", last("FROM")[0])
    assert re.fullmatch(r"3\.\d+", argument("PYTHON"))
    ran = " ".join(last("RUN"))
    assert "rm -rf /var/lib/apt/lists/*" in ran
    assert "pip uninstall" in ran
    for unwanted in ("build-essential", "gcc", "make", "git", "curl", "npm", "pip install"):
        assert unwanted not in shlex.split(ran)
    assert [source for source in last("COPY") if not source.startswith("--from=build")] == []


def test_it_runs_as_a_fixed_user_that_is_not_root():
    user, group = last("USER")[0].split(":")
    assert user.isdecimal()
    assert group.isdecimal()
    assert int(user) >= 10_000
    assert f"useradd --uid {user} --gid {group}" in " ".join(last("RUN"))


def test_it_tells_whether_it_lives():
    assert "/healthz" in last("HEALTHCHECK")[0]
    command = ast.literal_eval(last("HEALTHCHECK")[0].partition("CMD ")[2])
    compile(command[2], "HEALTHCHECK", "exec")


def test_it_has_what_pdfs_need():
    needed = set(makefile("LIBRARIES").split()) - {"libcurl4"}  # for the embedded mongod
    assert needed <= set(shlex.split(" ".join(last("RUN"))))


def test_the_bundle_is_made_by_the_same_program_as_elsewhere():
    assert makefile("ESBUILD") == f"esbuild@{argument('ESBUILD')}"


@pytest.mark.parametrize(
    "name",
    ["widget_gateway", "handlers", "storage", "static", "examples", "docs/*.md", "docs/images"],
)
def test_the_builder_gets_each_package(name):
    assert f"!{name}" in (ROOT / ".dockerignore").read_text("utf-8").splitlines()


def test_the_builder_gets_nothing_that_is_not_named():
    lines = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    patterns = [line for line in lines if line and not line.startswith("#")]
    assert patterns[0] == "*"
    assert not {"!deploy", "!var", "!.git"} & set(patterns)
