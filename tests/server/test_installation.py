"""What `doctor` says of the packages, the libraries and the disk of this machine."""

import asyncio
import shutil
import sys
from types import SimpleNamespace

import pytest

from handlers.documents.worker_pool import PdfRenderer
from widget_gateway.cli.doctor import _look_at_pdf
from widget_gateway.cli.installation import FULL_BYTES, LOW_BYTES, look_at_disk, look_at_packages
from widget_gateway.settings import Settings


def test_packages_that_are_our_own_are_in_order():
    finding = look_at_packages()
    assert (finding.ok, finding.warns) == (True, False), finding.detail


def test_a_package_of_another_distribution_in_the_same_place_is_warned_of(tmp_path, monkeypatch):
    about = tmp_path / "stranger-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: stranger\nVersion: 1.0\n")
    (about / "top_level.txt").write_text("handlers\n")
    (about / "RECORD").write_text("handlers/__init__.py,,\n")
    monkeypatch.syspath_prepend(tmp_path)
    finding = look_at_packages()
    assert (finding.ok, finding.warns) == (True, True)
    assert finding.detail == "`handlers` has files of stranger as well"
    assert "virtual environment" in str(finding.remedy)


def test_a_package_that_hides_ours_is_warned_of(tmp_path, monkeypatch):
    (tmp_path / "static").mkdir()
    (tmp_path / "static" / "__init__.py").touch()
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "static", raising=False)
    finding = look_at_packages()
    assert finding.warns
    assert f"`static` is {tmp_path / 'static'}" in finding.detail


@pytest.mark.parametrize(
    ("free", "ok", "warns"),
    [(FULL_BYTES - 1, False, True), (LOW_BYTES - 1, True, True), (LOW_BYTES, True, False)],
)
def test_a_disk_is_told_before_it_is_full(tmp_path, monkeypatch, free, ok, warns):
    usage = SimpleNamespace(total=10 * LOW_BYTES, free=free)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)
    (finding,) = look_at_disk(Settings(data_dir=str(tmp_path)))
    assert (finding.ok, finding.warns or not finding.ok) == (ok, warns)
    assert ("disk full" in finding.detail) == (not ok)


def test_without_pango_pdfs_are_warned_of_with_the_line_that_installs_it(monkeypatch):
    monkeypatch.setattr(PdfRenderer, "render", _without_pango)
    finding = _look_at_pdf()
    assert (finding.ok, finding.warns) == (True, True)
    assert "sudo apt-get install libpango-1.0-0" in str(finding.remedy)


async def _without_pango(*_: object) -> bytes:
    await asyncio.sleep(0)
    raise OSError("cannot load library 'libpango-1.0-0'")
