"""Uploads: names and sizes are checked, and archives unpacked, before anything is read."""

import zipfile
from io import BytesIO

import pytest

from tests.catalogue.test_definitions import VALID
from widget_gateway.domain.errors import UploadFault, UploadInvalidError
from widget_gateway.services.catalogue import uploads
from widget_gateway.services.catalogue.batches import Wishes
from widget_gateway.services.catalogue.uploads import UploadedFile, read_upload, unpacked


def zipped(*members, method=zipfile.ZIP_DEFLATED):
    """Pack pairs of a name and a content."""
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        for name, content in members:
            archive.writestr(name, content)
    return packed.getvalue()


def names_of(*files):
    return [file.name for file in unpacked([UploadedFile(*file) for file in files])]


def refusal(*files):
    with pytest.raises(UploadInvalidError) as caught:
        unpacked([UploadedFile(*file) for file in files])
    return caught.value.fault, caught.value.about


def test_files_keep_their_names_and_an_archive_is_a_folder_of_files():
    archive = zipped(("a/one.yaml", VALID), ("b.csv", "x"), ("a/", ""))
    assert names_of(("tests.zip", archive), ("two.yaml", b"x")) == [
        "a/one.yaml",
        "b.csv",
        "two.yaml",
    ]


def test_hidden_members_are_left_out():
    archive = zipped(("a.yaml", "x"), ("__MACOSX/._a.yaml", "x"), (".git/config", "x"))
    assert names_of(("tests.zip", archive)) == ["a.yaml"]


def test_a_workbook_and_a_qti_package_stay_files():
    workbook = zipped(("xl/workbook.xml", "<workbook/>"), ("[Content_Types].xml", "<Types/>"))
    package = zipped(("quiz/imsmanifest.xml", "<manifest/>"), ("quiz/item.xml", "<x/>"))
    assert names_of(("table.xlsx", workbook)) == ["table.xlsx"]
    assert names_of(("package.zip", package)) == ["package.zip"]


@pytest.mark.parametrize(
    "name", ["../x.yaml", "/etc/x.yaml", "a/../../x.yaml", "C:\\x.yaml", "..", "a\nb.yaml", ""]
)
def test_a_name_that_leads_out_of_the_upload_is_refused(name):
    assert refusal((name, b"x"))[0] is UploadFault.NAME


@pytest.mark.parametrize("name", ["../x.yaml", "/etc/x.yaml", "a/../../x.yaml", "..\\x.yaml"])
def test_an_archive_whose_member_leads_out_of_it_is_refused(name):
    assert refusal(("x.zip", zipped((name, "x"))))[0] is UploadFault.ARCHIVE


def test_two_files_of_one_name_are_refused():
    assert refusal(("a.yaml", b"1"), ("a.yaml", b"2")) == (UploadFault.TWICE, "a.yaml")
    archive = zipped(("a", "x"), ("a/b.yaml", "x"))
    assert refusal(("x.zip", archive)) == (UploadFault.TWICE, "a/b.yaml")


def test_an_upload_without_a_file_is_refused():
    assert refusal()[0] is UploadFault.EMPTY
    assert refusal(("x.zip", zipped((".hidden", "x"))))[0] is UploadFault.EMPTY


def test_more_files_than_are_taken_are_refused():
    most = [(f"{number}.yaml", "x") for number in range(uploads.MAX_FILES)]
    assert len(names_of(("x.zip", zipped(*most)))) == uploads.MAX_FILES
    assert refusal(("x.zip", zipped(*most, ("more.yaml", "x"))))[0] is UploadFault.TOO_MANY


def test_an_archive_that_unpacks_into_too_much_is_refused(chance):
    noise = chance.randbytes(2**20)
    count = uploads.MAX_TOTAL_BYTES // 2**20 + 1
    # Half of each file is noise, so the ratio is small, and the archive is within the limit.
    members = [(f"{number}.yaml", noise[: 2**18] + bytes(2**20)) for number in range(count)]
    assert refusal(("x.zip", zipped(*members)))[0] is UploadFault.TOO_LARGE


def test_a_bomb_is_refused_before_it_is_unpacked():
    bomb = zipped(("a.yaml", bytes(16 * 2**20)))
    assert refusal(("x.zip", bomb)) == (UploadFault.BOMB, "x.zip")


def test_bombs_within_an_archive_are_refused():
    bomb = zipped(("xl/workbook.xml", bytes(16 * 2**20)))
    archive = zipped(("a/table.xlsx", bomb), method=zipfile.ZIP_STORED)
    assert refusal(("x.zip", archive)) == (UploadFault.BOMB, "a/table.xlsx")


def test_archives_within_an_archive_count_with_all_that_they_unpack_into(chance):
    noise = chance.randbytes(2**17)
    # Each is far from being a bomb, but together they unpack into more than 64 MiB.
    table = zipped(("xl/workbook.xml", noise + bytes(12 * 2**20)))
    members = [(f"{number}.xlsx", table) for number in range(6)]
    archive = zipped(*members, method=zipfile.ZIP_STORED)
    assert refusal(("x.zip", archive))[0] is UploadFault.BOMB


def test_a_damaged_and_an_encrypted_archive_are_refused():
    archive = zipped(("a.yaml", VALID))
    assert refusal(("x.zip", archive[: len(archive) // 2]))[0] is UploadFault.ARCHIVE
    encrypted = bytearray(archive)
    # The flag of the entry in the central directory, and that of the local header.
    encrypted[archive.index(b"PK\x01\x02") + 8] |= 1
    encrypted[6] |= 1
    assert refusal(("x.zip", bytes(encrypted)))[0] is UploadFault.ARCHIVE


def test_what_an_upload_is_read_as_is_what_the_import_reads():
    broken = VALID.replace("type: option", "type: nonsense", 1)
    assert broken != VALID
    files = unpacked(
        [UploadedFile("x.zip", zipped(("a/good.yaml", VALID), ("b.yaml", broken), ("c.doc", "x")))]
    )
    batch = read_upload(files, Wishes())
    assert [(str(path), found.test.slug) for path, found in batch.definitions.items()] == [
        ("a/good.yaml", "sample")
    ]
    ((path, faults),) = batch.refused.items()
    assert str(path) == "b.yaml"
    assert all(fault.startswith("b.yaml:") for fault in faults)
    assert {str(path): why for path, why in batch.passed_over.items()} == {
        "c.doc": "the name ends in .doc"
    }


def test_a_single_file_that_is_no_definition_is_refused_and_not_passed_over():
    batch = read_upload(unpacked([UploadedFile("list.yaml", b"- 1\n- 2\n")]), Wishes())
    assert [str(path) for path in batch.refused] == ["list.yaml"]
    assert not batch.passed_over


def test_no_message_tells_where_the_gateway_keeps_the_files():
    batch = read_upload(unpacked([UploadedFile("x.zip", zipped(("a.doc", "x")))]), Wishes())
    told = [*batch.faults, *batch.passed_over.values()]
    batch = read_upload(
        unpacked([UploadedFile("x.zip", zipped(("a.doc", "x"), ("b.doc", "x")))]), Wishes()
    )
    told += [*batch.faults, *batch.passed_over.values()]
    assert told
    assert not [message for message in told if "widget-gateway-upload" in message]
