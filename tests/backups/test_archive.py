"""The file of a backup is distrusted: what is not whole, ours and of this form is refused."""

import hashlib
import io
import os
import struct
import zipfile
from contextlib import suppress

import msgspec
import pytest
from bson import encode

from storage.backup.archive import Archive, ArchiveError, ArchiveWriter, Contents, Manifest, Moment
from storage.backup.contents import KEPT, LEFT_OUT
from storage.backup.files import new_file
from storage.backup.seal import JWT, PEPPER, Standing, judge, make_seal
from storage.backup.steps import examine
from storage.indexes import COLLECTIONS
from tests.support.waiting import wait_for

SECRETS = {PEPPER: "pepper", JWT: "jwt secret"}
NOW = Moment(1_800_000_000, 7)
SEAL = make_seal(SECRETS, b"{}")
"""A seal of another manifest: making one is slow on purpose, and reading does not look at it."""

ROWS = [encode({"_id": number, "text": "слон" * number}) for number in range(1, 200)]


def manifest_of(collections, **changes):
    fields = {"gateway": "0.1.0", "mongodb": "6.0.5", "database": "gateway", "as_of": NOW}
    made = Manifest(**({"format": 1, "collections": collections} | fields | changes))
    return msgspec.json.encode(made)


def contents_of(content, documents=1):
    return Contents(documents, len(content), hashlib.sha256(content).hexdigest())


@pytest.fixture
def written(tmp_path):
    """Write an archive of these entries, whose manifest is right unless it is changed."""

    def write(entries, manifest=None, **changes):
        path = tmp_path / "written.zip"
        told = {name.removesuffix(".bson"): contents_of(part) for name, part in entries.items()}
        content = manifest or manifest_of(told, **changes)
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
            for name, part in entries.items():
                file.writestr(name, part)
            file.writestr("manifest.json", content)
            file.writestr("seal.json", msgspec.json.encode(SEAL))
        return path

    return write


@pytest.fixture
def whole(tmp_path):
    """The path of a whole archive."""
    path = tmp_path / "whole.zip"
    with path.open("wb") as file, ArchiveWriter(file) as writer:
        contents = {"people": writer.add("people", [ROWS[:150], ROWS[150:]])}
        manifest = manifest_of(contents)
        writer.finish(manifest, SEAL)
    return path


def read(path):
    with Archive(path) as archive:
        examine(archive)
        return [row for batch in archive.batches("people", 7, 1_000) for row in batch]


def test_what_was_written_is_read_in_batches(whole):
    assert read(whole) == ROWS
    with Archive(whole) as archive:
        batches = list(archive.batches("people", 7, 1_000))
        assert archive.manifest.as_of == NOW
        assert max(map(len, batches)) <= 7
        assert max(sum(map(len, batch)) for batch in batches) < 1_000 + len(ROWS[-1])
        assert list(archive.batches("answers", 7, 1_000)) == []


def test_an_archive_can_be_written_to_a_pipe():
    class Pipe(io.BytesIO):
        def seekable(self):
            return False

        def seek(self, *_arguments):
            raise io.UnsupportedOperation

    pipe = Pipe()
    with ArchiveWriter(pipe) as writer:
        writer.add("people", [ROWS])
        writer.finish(b"{}", SEAL)
    with zipfile.ZipFile(io.BytesIO(pipe.getvalue())) as file:
        assert file.read("people.bson") == b"".join(ROWS)


def test_an_archive_that_is_cut_off_anywhere_is_refused(whole, chance):
    content = whole.read_bytes()
    for length in {0, 1, 21, 22, *chance.sample(range(len(content)), 40), len(content) - 1}:
        whole.write_bytes(content[:length])
        with pytest.raises(ArchiveError, match="no whole backup"):
            read(whole)


def test_no_changed_byte_passes_for_another_document(whole, chance):
    content = whole.read_bytes()
    for place in chance.sample(range(len(content)), 60):
        changed = bytearray(content)
        changed[place] ^= chance.randrange(1, 256)
        whole.write_bytes(changed)
        with suppress(ArchiveError):
            assert read(whole) == ROWS  # Times of entries, and such, have no meaning.


NO_BSON = {
    "garbage": b"\x07" * 64,
    "a negative length": struct.pack("<i", -5) + b"\0" * 10,
    "a length beyond the end": struct.pack("<i", 100) + b"\0" * 10,
    "a length of more than 16 MiB": struct.pack("<i", 2**30) + b"\0" * 10,
    "a wrong type inside": b"\x10\0\0\0\x7fa\0" + b"\0" * 9,
    "text that is no UTF-8": encode({"_id": 1, "a": "xx"}).replace(b"xx", b"\xff\xfe"),
    "no _id": encode({"a": 1}),
}


@pytest.mark.parametrize("content", NO_BSON.values(), ids=NO_BSON)
def test_what_is_no_bson_is_refused(written, content):
    with pytest.raises(ArchiveError):
        read(written({"people.bson": content}))


def test_a_wrong_digest_count_or_size_is_refused(written):
    row = encode({"_id": 1})
    right = contents_of(row)
    for wrong in (
        msgspec.structs.replace(right, documents=2),
        msgspec.structs.replace(right, bytes=len(row) - 1),
        msgspec.structs.replace(right, bytes=len(row) + 1),
        msgspec.structs.replace(right, sha256="0" * 64),
    ):
        path = written({"people.bson": row}, manifest_of({"people": wrong}))
        with pytest.raises(ArchiveError, match="people is not as the manifest says"):
            read(path)


@pytest.mark.parametrize(
    ("entries", "said"),
    [
        ({"strangers.bson": b""}, "no collection 'strangers'"),
        ({"../../etc/passwd.bson": b""}, "no collection"),
        ({"system.users.bson": b""}, "no collection"),
        ({"widget_files.bson": b""}, "no collection"),
    ],
)
def test_foreign_collections_are_refused(written, entries, said):
    with pytest.raises(ArchiveError, match=said):
        read(written(entries))


def test_entries_and_manifest_have_to_have_the_same_names(written):
    nothing = contents_of(b"", 0)
    for told in ({}, {"people": nothing, "answers": nothing}):
        with pytest.raises(ArchiveError, match="other entries"):
            read(written({"people.bson": b""}, manifest_of(told)))


@pytest.mark.parametrize(
    ("manifest", "said"),
    [
        (manifest_of({}, format=2), "format is '2'"),
        (b"{}", "format is 'None'"),
        (b"[]", "can't be read"),
        (b"[" * 100_000, "can't be read"),
        (b'{"format": 1}', "can't be read"),
        (b" " * (2**20 + 1), "too large"),
        (manifest_of({}).replace(b"1800000000", b"1e99"), "can't be read"),
    ],
)
def test_another_format_or_manifest_is_refused(written, manifest, said):
    with pytest.raises(ArchiveError, match=said):
        read(written({}, manifest))


def test_other_archives_are_refused(tmp_path):
    path = tmp_path / "other.zip"
    with zipfile.ZipFile(path, "w") as file:
        file.writestr("readme.txt", "no backup")
    with pytest.raises(ArchiveError, match="no backup of a Widget Gateway"):
        Archive(path)
    with pytest.raises(ArchiveError, match="can't be read: Is a directory"):
        Archive(tmp_path)
    with pytest.raises(ArchiveError, match="can't be read: No such file"):
        Archive(tmp_path / "nowhere")


def test_a_name_twice_is_refused(whole):
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(whole, "a") as file:
        file.writestr("people.bson", b"")
    with pytest.raises(ArchiveError, match="no backup of a Widget Gateway"):
        Archive(whole)


def test_entries_that_claim_more_than_compression_can_hold_are_refused(written):
    path = written({"people.bson": b""})
    content = bytearray(path.read_bytes())
    directory = content.index(b"PK\x01\x02")
    content[directory + 24 : directory + 28] = struct.pack("<I", 2**31)
    path.write_bytes(content)
    with pytest.raises(ArchiveError, match="no backup of a Widget Gateway"):
        Archive(path)


def test_a_bomb_is_read_no_further_than_its_manifest_says(written):
    bomb = b"\0" * 20_000_000
    path = written({"people.bson": bomb}, manifest_of({"people": contents_of(b"", 0)}))
    with pytest.raises(ArchiveError, match="not as the manifest says"):
        read(path)


def test_a_seal_tells_whose_a_backup_is():
    seal = make_seal(SECRETS, b"manifest")
    other_jwt, other_pepper = SECRETS | {JWT: "other"}, SECRETS | {PEPPER: "other"}
    assert judge(seal, SECRETS, b"manifest") is Standing.OURS
    assert judge(seal, SECRETS, b"another manifest") is Standing.CHANGED
    assert judge(seal, other_jwt, b"manifest") is Standing.OTHER_JWT_SECRET
    assert judge(seal, other_pepper, b"manifest") is Standing.OTHER_PEPPER
    assert judge(seal, None, b"manifest") is Standing.UNKNOWN
    without = msgspec.structs.replace(seal, secrets={})
    assert judge(without, SECRETS, b"manifest") is Standing.OTHER_PEPPER
    text = msgspec.json.encode(seal).decode()
    assert not [secret for secret in SECRETS.values() if secret in text]


def names_in(directory):
    return [path.name for path in directory.iterdir()]


def test_a_file_appears_when_it_is_whole_and_is_private(tmp_path):
    path = tmp_path / "a.zip"
    with new_file(path) as file:
        file.write(b"whole")
        assert not path.exists()
        with pytest.raises(ArchiveError, match="Another backup is writing"), new_file(path):
            pass
    assert path.read_bytes() == b"whole"
    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(ArchiveError, match="overwrites nothing"), new_file(path):
        pass
    assert names_in(tmp_path) == ["a.zip"]


def test_a_file_that_fails_leaves_nothing(tmp_path):
    def fail():
        with new_file(tmp_path / "a.zip") as file:
            file.write(b"half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert names_in(tmp_path) == []
    with pytest.raises(ArchiveError, match="No such file"), new_file(tmp_path / "no" / "a.zip"):
        pass
    (tmp_path / "link.zip.part").symlink_to(tmp_path / "victim")
    with pytest.raises(ArchiveError, match="can't be written"), new_file(tmp_path / "link.zip"):
        pass
    assert not (tmp_path / "victim").exists()


def test_a_killed_backup_leaves_one_part_which_the_next_one_takes(tmp_path):
    path = tmp_path / "a.zip"
    pid = os.fork()
    if pid == 0:
        with new_file(path) as file:
            file.write(b"x" * 100)
            file.flush()
            os.kill(os.getpid(), 9)
    os.waitpid(pid, 0)
    wait_for(lambda: names_in(tmp_path) == ["a.zip.part"])
    with new_file(path) as file:
        file.write(b"new")
    assert (names_in(tmp_path), path.read_bytes()) == (["a.zip"], b"new")


def test_what_is_left_out_has_a_reason_and_all_else_is_in():
    assert set(LEFT_OUT) <= set(COLLECTIONS)
    assert set(KEPT) == set(COLLECTIONS) - set(LEFT_OUT)
    assert all(LEFT_OUT.values())
