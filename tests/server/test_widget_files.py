"""The widget's files: their addresses, versions and headers, and old versions on other nodes."""

import asyncio
import base64
import gzip
import hashlib
import re
from contextlib import contextmanager
from datetime import timedelta

import pytest
from tornado.httpclient import AsyncHTTPClient

from storage.client import connect, open_database
from storage.driver.adapter import Driver
from storage.widget_files import WidgetFileStore
from tests.support.installation import install, run_from
from tests.support.partner_api import PartnerApi
from tests.support.processes import Gateway, frozen
from tests.support.waiting import until
from widget_gateway.composition.application import utc_now
from widget_gateway.domain.errors import StorageUnavailableError
from widget_gateway.domain.widget_files import (
    KEPT_FOR,
    PINNED_KEPT_FOR,
    WidgetRelease,
    version_of,
)
from widget_gateway.domain.widget_modules import join_modules
from widget_gateway.services import widget_files
from widget_gateway.services.widget_files import WidgetFileService, read_release

pytestmark = pytest.mark.gen_test

FOREVER = "public, max-age=31536000, immutable"
UNKNOWN = "0123456789ab"
OLD = {
    "types/text.js": "export const render = 'old';\n",
    "widget.js": "const VERSION = '__VERSION__';\n",
    "page.html": '<!doctype html><link href="/static/widget/v/__VERSION__/page.css">',
    "element.js": "const kept = '__VERSION__';\n",
}
"""Files of another release than that of this checkout."""


@pytest.fixture(autouse=True)
def no_old_lists(monkeypatch):
    """Let each request ask which versions are stored, as if a second had gone by."""
    monkeypatch.setattr(widget_files, "LIST_S", 0.0)


@pytest.fixture
def other(tmp_path, settings):
    """A gateway of another release over the same database; `api` is not its."""
    secrets = dict.fromkeys(
        ("JWT_SECRET", "PIN_PEPPER", "CALLBACK_KEY"), "a secret of the tests, of 32 bytes"
    )
    gateway = Gateway(
        tmp_path / "data", MONGODB_URI=settings.mongodb_uri, DATABASE=settings.database, **secrets
    )
    run_from(gateway, install(tmp_path / "release", OLD))
    gateway.start()
    yield gateway
    gateway.stop()


@pytest.fixture
def stored(database):
    """Wait until the files of this gateway are stored."""
    return lambda: until(lambda: database.widget_files.count_documents({}) == 1)


async def version_at(url):
    """Return the version that a gateway of OLD fills in."""
    answer = await AsyncHTTPClient().fetch(f"{url}/static/widget/widget.js")
    return re.fullmatch(rb"const VERSION = '([0-9a-f]{12})';\n", answer.body)[1].decode()


async def test_a_file_is_served_for_ever_under_its_version(api):
    release = read_release()
    for path in ("types/text.js", "page.css", "texts/ru.js"):
        answer = await api.fetch_raw(f"/static/widget/v/{release.version}/{path}")
        assert (answer.code, answer.body) == (200, release.files[path])
        assert answer.headers["Cache-Control"] == FOREVER


async def test_a_file_without_a_version_is_kept_for_minutes(api):
    answer = await api.fetch_raw("/static/widget/texts/ru.js")
    assert (answer.code, answer.body) == (200, read_release().files["texts/ru.js"])
    assert answer.headers["Cache-Control"] == "public, max-age=300"


@pytest.mark.parametrize("prefix", ["", "v/{}/"])
async def test_any_page_may_load_a_file(api, prefix):
    prefix = prefix.format(read_release().version)
    for path, kind in (("texts/ru.js", "text/javascript"), ("page.css", "text/css")):
        headers = (await api.fetch_raw(f"/static/widget/{prefix}{path}")).headers
        assert headers["Access-Control-Allow-Origin"] == "*"
        assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Content-Type"] == f"{kind}; charset=UTF-8"


TYPES = sorted(path for path in read_release().files if path.endswith(".d.ts"))


async def test_types_have_the_media_type_of_typescript(api):
    assert TYPES == ["shapes.d.ts"]
    answer = await api.fetch_raw(f"/static/widget/{TYPES[0]}")
    assert answer.headers["Content-Type"] == "application/typescript; charset=UTF-8"


@pytest.mark.parametrize("script", ["widget.js", "frame.js"])
async def test_a_pinned_script_is_for_ever_as_its_hash_says(api, script):
    release = read_release()
    answer = await api.fetch_raw(f"/static/widget/{release.version}/{script}")
    digest = base64.b64encode(hashlib.sha384(answer.body).digest()).decode()
    assert (answer.code, release.integrity(script)) == (200, f"sha384-{digest}")
    assert answer.headers["Cache-Control"] == FOREVER
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert answer.headers["Content-Type"] == "text/javascript; charset=UTF-8"
    head = await api.fetch_raw(f"/static/widget/{release.version}/{script}", method="HEAD")
    assert (head.code, head.body, head.headers["Etag"]) == (200, b"", answer.headers["Etag"])


@pytest.mark.parametrize("version", [UNKNOWN, "latest", "1.0.0", "dist", "standalone", "v"])
async def test_a_version_that_nobody_has_is_named_and_never_answered_with_another(api, version):
    answer = await api.fetch(f"/static/widget/{version}/widget.js")
    assert (answer.status, answer.reason) == (404, "widget_version_not_found")
    assert f"no version {version} " in answer.body["error"]["message"]
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    "path", ["element.js", "page.js", "widget.mjs", "widget.js/", "x/frame.js"]
)
async def test_only_scripts_with_all_their_modules_are_pinned(api, path):
    answer = await api.fetch(f"/static/widget/{read_release().version}/{path}")
    assert (answer.status, answer.reason) == (404, "not_found")


async def test_a_pinned_script_of_an_old_version_is_served_and_kept_for_its_pages(
    api, database, settings
):
    files = {"widget.js": b"old core", "standalone/widget.js": b"old whole"}
    release = await put(settings, files)
    assert seen_in_days(database, release) == 0
    address = f"/static/widget/{release.version}/widget.js"
    assert (await api.fetch_raw(address)).body == b"old whole"
    await until(lambda: seen_in_days(database, release) == (PINNED_KEPT_FOR - KEPT_FOR).days)
    # A gateway that has the version notes its own use, and takes nothing from that.
    await put(settings, files)
    assert seen_in_days(database, release) == (PINNED_KEPT_FOR - KEPT_FOR).days


async def test_a_version_from_before_pinned_scripts_has_none(api, settings):
    release = await put(settings, {"widget.js": b"only modules"})
    answer = await api.fetch(f"/static/widget/{release.version}/widget.js")
    assert (answer.status, answer.reason) == (404, "widget_version_not_found")


async def test_other_files_of_a_version_are_not_kept_for_longer(api, database, settings):
    release = await put(settings, {"widget.js": b"modules", "standalone/widget.js": b"whole"})
    answer = await api.fetch_raw(f"/static/widget/v/{release.version}/widget.js")
    assert answer.body == b"modules"
    assert seen_in_days(database, release) == 0


def seen_in_days(database, release):
    """Return how many days from now a version is noted as seen."""
    row = database.widget_files.find_one({"_id": release.version})
    return round((row["seen_at"] - utc_now()) / timedelta(days=1))


@pytest.mark.parametrize("again", ["~1/{}", "~999999999/{}", "{}?again=2", "~3/{}?x=%00"])
async def test_further_tries_have_other_addresses(api, again):
    release = read_release()
    answer = await api.fetch_raw(
        f"/static/widget/v/{release.version}/{again.format('types/text.js')}"
    )
    assert (answer.code, answer.headers["Cache-Control"]) == (200, FOREVER)
    assert answer.body == release.files["types/text.js"]


async def test_a_file_that_is_known_is_not_sent_again(api):
    for address in (
        "/static/widget/texts/ru.js",
        f"/static/widget/v/{read_release().version}/texts/ru.js",
    ):
        first = await api.fetch_raw(address)
        headers = {"If-None-Match": f'"other", W/{first.headers["Etag"]}'}
        again = await api.fetch_raw(address, headers=headers)
        assert (again.code, again.body) == (304, b"")
        for name in ("Etag", "Cache-Control", "Access-Control-Allow-Origin", "Vary"):
            assert again.headers[name] == first.headers[name]
        changed = await api.fetch_raw(address, headers={"If-None-Match": '"other"'})
        assert (changed.code, changed.body) == (200, first.body)


async def test_a_file_is_gzipped_for_who_takes_that(api):
    whole = await api.fetch_raw("/static/widget/texts/ru.js", decompress_response=False)
    headers = {"Accept-Encoding": "br, gzip"}
    packed = await api.fetch_raw(
        "/static/widget/texts/ru.js", headers=headers, decompress_response=False
    )
    assert "Content-Encoding" not in whole.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert gzip.decompress(packed.body) == whole.body
    assert packed.headers["Etag"] != whole.headers["Etag"]
    assert packed.headers["Vary"] == whole.headers["Vary"] == "Accept-Encoding"
    headers["If-None-Match"] = packed.headers["Etag"]
    assert (await api.fetch_raw("/static/widget/texts/ru.js", headers=headers)).code == 304


async def test_head_tells_what_get_would(api):
    for address in ("widget.js", f"v/{read_release().version}/~1/widget.js"):
        whole = await api.fetch_raw(f"/static/widget/{address}")
        head = await api.fetch_raw(f"/static/widget/{address}", method="HEAD")
        assert (head.code, head.body) == (200, b"")
        for name in ("Etag", "Content-Type", "Cache-Control"):
            assert head.headers[name] == whole.headers[name]


@pytest.mark.parametrize(
    "path",
    [
        f"v/{UNKNOWN}/widget.js",
        f"v/{UNKNOWN}/~1/widget.js",
        "v/OWN/no-such.js",
        "v/OWN/",
        "v/OWN",
        "v/OWN/~1/",
        "v/OWN/~/widget.js",
        "v/OWN/~x/widget.js",
        "v/OWN/~1/~1/widget.js",
        "v/OWN/~1234567890/widget.js",
        "v/OWN/v/OWN/widget.js",
        "v/OWN/types",
        "v/OWN/../../../setup.py",
        "v/OWN/%2e%2e/%2e%2e/%2e%2e/setup.py",
        "v/OWN/..%2f..%2f..%2fsetup.py",
        "v/OWN//etc/passwd",
        "v/OWN/widget.js%00",
        "v/OWN%20/widget.js",
        "v//widget.js",
        "v/%24ne/widget.js",
        f"v/{'a' * 4000}/widget.js",
        "~1/widget.js",
        "built-from",
        "..%2fqua%2fpage.js",
    ],
)
async def test_what_is_not_there_is_not_found_and_not_kept(api, path):
    path = path.replace("OWN", read_release().version)
    answer = await api.fetch(f"/static/widget/{path}")
    assert (answer.status, answer.reason) == (404, "not_found")
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


async def test_an_entry_tells_its_version_and_no_other_file_does(other):
    node = PartnerApi(AsyncHTTPClient(), other.url)
    version = await version_at(other.url)
    assert version != read_release().version
    page = await node.fetch_raw("/static/widget/page.html")
    assert f"/static/widget/v/{version}/page.css".encode() in page.body
    for path in ("element.js", f"v/{version}/element.js", f"v/{version}/widget.js"):
        answer = await node.fetch_raw(f"/static/widget/{path}")
        assert answer.body.decode() == OLD[path.rpartition("/")[2]]


async def test_the_page_for_a_frame_tells_its_version(other):
    other.command("provider", "create", "--slug", "college", "--name", "College")
    node = PartnerApi(AsyncHTTPClient(), other.url)
    page = await node.fetch_raw("/widget/college/work-values")
    assert f"/static/widget/v/{await version_at(other.url)}/page.css".encode() in page.body


async def test_the_version_of_a_gateway_that_has_ended_is_served_by_others(
    api, other, other_node_url
):
    version = await version_at(other.url)
    other.kill()  # It was stored before the gateway answered.
    for url in (api.url, other_node_url):
        node = PartnerApi(AsyncHTTPClient(), url)
        for path in ("types/text.js", "~2/types/text.js?again=1", "reducer.js", "page.css"):
            answer = await node.fetch_raw(f"/static/widget/v/{version}/{path}")
            assert (answer.code, answer.headers["Cache-Control"]) == (200, FOREVER)
        text = await node.fetch_raw(f"/static/widget/v/{version}/types/text.js")
        assert text.body.decode() == OLD["types/text.js"]
        missing = await node.fetch(f"/static/widget/v/{version}/no-such.js")
        assert (missing.status, missing.headers["Cache-Control"]) == (404, "no-store")


async def test_an_old_gateway_serves_a_version_that_is_new_to_it(api, other):
    version = read_release().version
    await until(lambda: other_has(other, version))
    answer = await PartnerApi(AsyncHTTPClient(), other.url).fetch_raw(
        f"/static/widget/v/{version}/types/text.js"
    )
    assert answer.body == (await api.fetch_raw("/static/widget/types/text.js")).body


async def other_has(gateway, version):
    node = PartnerApi(AsyncHTTPClient(), gateway.url)
    return (await node.fetch_raw(f"/static/widget/v/{version}/widget.js")).code == 200


async def test_a_version_that_was_read_is_kept_in_memory(api, database, settings):
    release = await put(settings, {"widget.js": b"once"})
    address = f"/static/widget/v/{release.version}/widget.js"
    assert (await api.fetch_raw(address)).body == b"once"
    database.widget_files.delete_one({"_id": release.version})
    assert (await api.fetch_raw(address)).body == b"once"


async def test_versions_beyond_what_memory_keeps_are_read_again(api, settings):
    releases = [await put(settings, {"widget.js": b"%d" % number}) for number in range(12)]
    for release in releases * 2:
        answer = await api.fetch_raw(f"/static/widget/v/{release.version}/widget.js")
        assert answer.body == release.files["widget.js"]


async def test_a_version_that_is_damaged_is_not_served_until_it_is_mended(
    api, database, settings, logs
):
    release = await put(settings, {"widget.js": b"whole", "element.js": b"element"})
    address = f"/static/widget/v/{release.version}/element.js"
    database.widget_files.update_one(
        {"_id": release.version, "files.path": "widget.js"}, {"$set": {"files.$.content": b"evil"}}
    )
    answer = await api.fetch(address)
    assert (answer.status, answer.headers["Cache-Control"]) == (404, "no-store")
    assert [line["version"] for line in logs if line["event"] == "widget_files_damaged"] == [
        release.version
    ]
    await put(settings, release.files)
    assert (await api.fetch_raw(address)).body == b"element"


@contextmanager
def recorded(database):
    """Let the database record its operations. One that ends late makes the collection again."""
    database["system.profile"].drop()
    database.command("profile", 2)
    try:
        yield database["system.profile"]
    finally:
        database.command("profile", 0)
        database["system.profile"].drop()


async def test_versions_that_nobody_has_cost_hardly_any_query(api, database, monkeypatch, stored):
    await stored()
    monkeypatch.setattr(widget_files, "LIST_S", 60.0)
    with recorded(database) as operations:
        addresses = [f"/static/widget/v/{number:012x}/widget.js" for number in range(200)]
        answers = await asyncio.gather(*map(api.fetch, addresses))
        asked = operations.count_documents({"ns": "tests.widget_files", "op": "query"})
    assert {answer.status for answer in answers} == {404}
    assert asked == 1


async def test_many_requests_for_an_old_version_read_it_once(api, database, settings):
    release = await put(settings, {"widget.js": b"x" * 200_000})
    with recorded(database) as operations:
        address = f"/static/widget/v/{release.version}/widget.js"
        answers = await asyncio.gather(*(api.fetch_raw(address) for _ in range(50)))
        asked = operations.count_documents(
            {"ns": "tests.widget_files", "command.filter._id": release.version}
        )
    assert {answer.code for answer in answers} == {200}
    assert asked == 1


async def test_a_request_that_waits_for_the_list_reads_no_version_that_came_meanwhile(
    backend, settings, monkeypatch
):
    release = await put(settings, {"widget.js": b"old"})
    service = backend.services.public.widget_files
    monkeypatch.setattr(widget_files, "LIST_S", 0.0)
    real, listing, listed = service._store.list_versions, asyncio.Event(), asyncio.Event()

    async def late():
        listing.set()
        await listed.wait()
        return await real()

    reads = []
    find_files = service._store.find_files

    async def counted(version):
        reads.append(version)
        return await find_files(version)

    monkeypatch.setattr(service._store, "find_files", counted)
    for _ in range(widget_files.LOADS_AT_ONCE):
        await service._turns.acquire()  # The first call lists, and waits for its turn to read.
    first = asyncio.ensure_future(service.find(release.version, "widget.js"))
    await until(lambda: release.version in service._reads)
    monkeypatch.setattr(service._store, "list_versions", late)
    second = asyncio.ensure_future(service.find(release.version, "widget.js"))
    await listing.wait()
    for _ in range(widget_files.LOADS_AT_ONCE):
        service._turns.release()
    assert (await first).content == b"old"
    listed.set()
    assert (await second).content == b"old"
    assert reads == [release.version]


async def test_a_running_gateway_notes_that_its_version_is_in_use(backend, database, stored):
    await stored()
    row = database.widget_files.find_one()
    assert row["_id"] == backend.services.public.widget_files.version
    assert timedelta() <= utc_now() - row["seen_at"] < timedelta(minutes=3)
    expiry = database.widget_files.index_information()["expiry"]
    assert expiry["expireAfterSeconds"] == 45 * 24 * 3600


async def test_without_a_database_a_gateway_serves_its_own_files(logs, monkeypatch):
    monkeypatch.setattr(widget_files, "RETRY_S", 0.0)
    nowhere = "mongodb://127.0.0.1:1/?replicaSet=none"
    release = WidgetRelease.of({"widget.js": b"own"})
    async with connect(nowhere, Driver.PYMONGO, wait_s=0.1) as client:
        store = WidgetFileStore(open_database(client, "none"))
        service = WidgetFileService(release, store, utc_now)
        running = asyncio.ensure_future(service.run())
        await service.stored(0.2)
        assert (await service.find(release.version, "widget.js")).content == b"own"
        assert service.find_entry("widget.js").content == b"own"
        with pytest.raises(StorageUnavailableError):
            await service.find(UNKNOWN, "widget.js")
        await until(lambda: sum(x["event"] == "widget_files_not_stored" for x in logs) > 2)
        running.cancel()


@pytest.mark.crash
@pytest.mark.slow
async def test_while_the_database_hangs_old_versions_are_refused_for_the_moment(tmp_path):
    gateway = Gateway(tmp_path / "data", STORAGE_WAIT_S="1")
    gateway.start()
    try:
        node = PartnerApi(AsyncHTTPClient(), gateway.url)
        with frozen(gateway.mongod_pid()):
            own = await node.fetch_raw(f"/static/widget/v/{read_release().version}/widget.js")
            refusals = await asyncio.gather(
                *(node.fetch(f"/static/widget/v/{number:012x}/widget.js") for number in range(9))
            )
            assert (await node.fetch_raw("/static/widget/widget.js")).code == 200
        assert own.code == 200
        for refusal in refusals:
            assert (refusal.status, refusal.reason) == (503, "storage_unavailable")
            assert refusal.headers["Cache-Control"] == "no-store"
            assert int(refusal.headers["Retry-After"]) > 0
    finally:
        gateway.stop()


def write(root, files):
    for path, content in files.items():
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(content)


def test_a_bundle_is_served_in_place_of_the_modules_it_was_made_from(tmp_path):
    plain = {"widget.js": b"import './element.js';", "element.js": b"export {};"}
    write(tmp_path, plain)
    assert read_release(tmp_path) == WidgetRelease.of(plain)

    bundle = {"widget.js": b"all", "types/text.js": b"text"}
    write(tmp_path / "dist", bundle | {"built-from": version_of(plain).encode()})
    assert read_release(tmp_path) == WidgetRelease.of(bundle)


def test_a_bundle_of_other_modules_is_not_served(tmp_path, logs):
    plain = {"widget.js": b"new"}
    write(tmp_path, plain)
    write(tmp_path / "dist", {"widget.js": b"old", "built-from": UNKNOWN.encode()})
    assert read_release(tmp_path) == WidgetRelease.of(plain)
    write(tmp_path / "dist", {"built-from": b"\xff"})
    assert read_release(tmp_path) == WidgetRelease.of(plain)
    assert [line["event"] for line in logs] == 2 * ["widget_bundle_outdated"]


def test_names_and_contents_make_the_version():
    releases = [{"a": b"bc"}, {"ab": b"c"}, {"a": b"b", "c": b""}, {"a": b"b"}, {}]
    assert len({version_of(files) for files in releases}) == len(releases)
    assert version_of({"a": b"", "b": b"x"}) == version_of({"b": b"x", "a": b""})


async def put(settings, files):
    """Store files as a gateway of another release does; return their release."""
    release = WidgetRelease.of(files)
    async with connect(str(settings.mongodb_uri), settings.driver) as client:
        await WidgetFileStore(open_database(client, settings.database)).put(release, utc_now())
    return release


def test_plain_modules_are_joined_into_the_scripts_that_pages_pin(tmp_path, logs):
    plain = {"standalone.js": b"import './part.js';\n", "part.js": b"globalThis.part = 1;\n"}
    write(tmp_path, plain)
    files = read_release(tmp_path).files
    assert files["standalone/widget.js"] == join_modules(plain, "standalone.js")
    assert "standalone/frame.js" not in files

    # A release whose modules can't be joined is served without such scripts.
    write(tmp_path, {"part.js": b"export default 1;\n"})
    assert "standalone/widget.js" not in read_release(tmp_path).files
    [line] = [line for line in logs if line["event"] == "widget_not_joined"]
    assert "export default" in line["error"]
