"""What the tests of deploy/ share."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.support.tools import tool

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"


def sample_of(setting: str) -> str:
    """Return a good value of a setting that comes from a file; its name may have any case."""
    if setting.lower().replace("-", "_").endswith("uri"):
        return "mongodb://gateway:password@db-1,db-2,db-3/?replicaSet=gateways"
    return "a secret of the tests that is long enough"


@pytest.fixture(scope="session")
def made_secrets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of secrets that make-secrets.sh makes."""
    tool("openssl")
    folder = tmp_path_factory.mktemp("deploy")
    for name in ("make-secrets.sh", ".env.example"):
        shutil.copy(DEPLOY / name, folder)
    subprocess.run(["sh", folder / "make-secrets.sh"], check=True, capture_output=True)
    return folder / "secrets"
