"""A setting that is renamed breaks a test here, and not the start of somebody's gateway."""

import re

import msgspec
import pytest

from tests.deploy.conftest import DEPLOY, ROOT
from widget_gateway.domain.errors import SettingsError
from widget_gateway.settings import PREFIX, Settings, read_settings

FILES = [
    *sorted(path for path in DEPLOY.rglob("*") if path.is_file() and "secrets" not in path.parts),
    *sorted(ROOT.glob("docs/deploy*.md")),
]
NAMES = {field.encode_name for field in msgspec.structs.fields(Settings)} | {"ENV_FILE"}


def takes_file(name):
    """Whether the setting may be given as the path of a file."""
    try:
        read_settings({f"{PREFIX}{name}_FILE": "/nowhere"})
    except SettingsError as error:
        return f"{name}_FILE" in error.message and "can't be read" in error.message
    return False


def unknown_names(text):
    """Return the names of settings in a text that the gateway does not know."""
    found = set(re.findall(rf"\b{PREFIX}([A-Z][A-Z0-9_]*)", text))
    return {
        name
        for name in found
        if name not in NAMES
        and not (name.endswith("_FILE") and takes_file(name.removesuffix("_FILE")))
    }


def test_the_kit_is_found():
    assert {"Dockerfile", "compose.yaml", "widget-gateway.service", "values.yaml"} <= {
        path.name for path in FILES
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_each_setting_exists(path):
    assert unknown_names(path.read_text("utf-8")) == set()


@pytest.mark.parametrize("name", ["PROT", "PORT_FILE", "JWT_SECRETS_FILE"])
def test_an_unknown_name_is_found(name):
    assert unknown_names(f"Environment={PREFIX}{name}=1") == {name}
    assert unknown_names(f"{PREFIX}PORT=1 {PREFIX}JWT_SECRET_FILE=/x {PREFIX}ENV_FILE=/x") == set()
