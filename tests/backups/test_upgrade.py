"""The database of each release goes on under this version: it reads, continues and scores the same.

`make_release_fixture.py` tells how the backups in `releases/` were made.
"""

import json
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest
from bson import encode
from bson.binary import UuidRepresentation
from bson.codec_options import CodecOptions
from standardwebhooks import Webhook
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application

from storage.backup.archive import Archive, ArchiveWriter, decoded
from storage.backup.seal import JWT, PEPPER, make_seal
from storage.indexes import COLLECTIONS, INDEXES
from tests.attempts.make_stored_snapshot import ANSWERS
from tests.partners.test_webhooks import Receiver, ReceivingHandler
from tests.support.channel_client import ChannelClient
from tests.support.fixtures import WORK_VALUES, running_backend
from tests.support.partner_api import PartnerApi
from tests.support.portal_api import LOGIN, PIN, PortalApi
from tests.support.portal_device import PortalDevice
from tests.support.qua_api import Qua, response_of
from tests.support.waiting import until
from widget_gateway.composition.application import utc_now
from widget_gateway.domain.ids import ProviderSlug

pytestmark = pytest.mark.gen_test

RELEASES = Path(__file__).parent / "releases"
COLLEGE = ProviderSlug("college")
STANDARD = CodecOptions(uuid_representation=UuidRepresentation.STANDARD)
TIME = re.compile(r"\d{4}-\d\d-\d\d([T ]\d\d:\d\d:\d\d(\.\d+)?(Z|\+00:00)?)?")


@pytest.fixture(params=sorted(path.stem for path in RELEASES.glob("*.json")))
def told(request):
    """What the gateway of a release said of its database."""
    return json.loads((RELEASES / f"{request.param}.json").read_text("utf-8"))


def later(value, passed):
    """Move all times in a document by `passed`, so that nothing in it has expired."""
    if isinstance(value, datetime):
        return value + passed
    if isinstance(value, dict):
        return {name: later(part, passed) for name, part in value.items()}
    if isinstance(value, list):
        return [later(part, passed) for part in value]
    return value


@pytest.fixture
def recent(told, tmp_path, settings):
    """The backup of the release, as if it had been made just now."""
    path = tmp_path / "recent.zip"
    secrets = {PEPPER: settings.pin_pepper, JWT: settings.jwt_secret}
    with Archive(RELEASES / f"{told['gateway']}.zip") as archive, path.open("wb") as file:
        passed = utc_now() - archive.manifest.as_of.time - timedelta(seconds=1)

        def moved(name):
            for batch in archive.batches(name, 1_000, 2**20):
                rows = [later(decoded(document, name), passed) for document in batch]
                if name == "answers":  # Their times are numbers of milliseconds.
                    for row in rows:
                        row["t"] += passed // timedelta(milliseconds=1)
                yield [encode(row, codec_options=STANDARD) for row in rows]

        with ArchiveWriter(file) as writer:
            names = archive.manifest.collections
            contents = {name: writer.add(name, moved(name)) for name in names}
            manifest = msgspec.structs.replace(archive.manifest, collections=contents)
            written = msgspec.json.encode(manifest)
            writer.finish(written, make_seal(secrets, written))
    return path


@pytest.fixture
def backend(io_loop, settings, database, recent, commands):
    """This version's gateway over the restored database of the release.

    The indexes are removed first: an older version did not have those that are new.
    """
    for name in COLLECTIONS:
        database[name].drop()
    done = commands.run("restore", str(recent))
    assert done.exit_code == 0, done.output
    assert "FAULT" not in done.output
    for name in INDEXES:
        database[name].drop_indexes()
    settings = msgspec.structs.replace(settings, private_networks=("127.0.0.1/32",))
    with running_backend(io_loop, settings) as opened:
        yield opened


def timeless(body):
    """Replace all times, which were moved."""
    return json.loads(TIME.sub("<time>", json.dumps(body)))


def is_as_before(now, before):
    """Whether an answer says all that it said before; a newer version may say more."""
    if isinstance(before, dict):
        return all(name in now and is_as_before(now[name], part) for name, part in before.items())
    if isinstance(before, list):
        return len(now) == len(before) and all(map(is_as_before, now, before))
    return now == before


async def test_everything_of_a_release_goes_on(
    backend, database, partner, visitors, people, editor, commands, tmp_path
):
    present = {name: set(database[name].index_information()) for name in INDEXES}
    for name, models in INDEXES.items():
        # An index of an older version may stay until a migration ends.
        assert present[name] >= {"_id_", *(model.document["name"] for model in models)}
    await partner.reads_as_before()
    await visitors.finish_what_they_began()
    await partner.repeats_an_idempotent_call()
    await people.sign_in_and_get_what_waits()
    await editor.finds_and_asks()
    await partner.gets_the_events(backend)
    file = tmp_path / "after.zip"
    assert commands.run("backup", file).exit_code == 0
    assert commands.json("restore", "--verify", file)["good"]


@dataclass(frozen=True)
class Partner:
    """The provider of the release, with its keys of then."""

    api: PartnerApi
    told: dict[str, Any]

    async def ask(self, path, **parameters):
        answer = await self.api.get(path, client_key=self.told["client_key"], **parameters)
        assert answer.status == 200, answer.body
        return answer.body

    async def reads_as_before(self):
        for call in self.told["calls"]:
            answer = await self.api.get(call["path"], **call["parameters"])
            assert is_as_before(timeless(answer.body), timeless(call["body"])), call["path"]

    async def repeats_an_idempotent_call(self):
        call = {"test": "work-values", "progress": WORK_VALUES}
        caller = {key: self.told[key] for key in ("client_key", "user_key")}
        answer = await self.api.fetch(
            "progress/save",
            method="POST",
            headers={"Content-Type": "application/json", "Idempotency-Key": "one"},
            body=json.dumps(caller | call),
        )
        assert answer.headers["Idempotent-Replayed"] == "true"
        assert answer.body == self.told["saved"]

    async def gets_the_events(self, backend):
        receiver = Receiver()
        sock, port = bind_unused_port()
        server = HTTPServer(Application([("/", ReceivingHandler, {"receiver": receiver})]))
        server.add_socket(sock)
        webhooks = backend.services.partner.webhooks
        secret = await webhooks.set_url(COLLEGE, f"http://127.0.0.1:{port}/")
        caller = await backend.services.partner.providers.authenticate(self.told["client_key"])
        await webhooks.replay(caller, delivery=None, since=utc_now() - timedelta(days=1))
        stored = {"result.finished", "attempt.paused", "result.attached"}
        await until(lambda: stored <= {event["type"] for event in receiver.events})
        headers, body = receiver.calls[0]
        Webhook(secret).verify(body, dict(headers))
        server.stop()
        await server.close_all_connections()


@dataclass(frozen=True)
class Visitors:
    """The visitors who had begun an attempt, or were about to."""

    connect: Callable[..., Awaitable[ChannelClient]]
    partner: Partner
    told: dict[str, Any]

    async def resume(self, name):
        visitor = await self.connect()
        await visitor.open(**self.told["attempts"][name])
        return visitor

    async def finish(self, visitor, answers):
        for seq, (question, value) in enumerate(answers, start=1):
            await visitor.answer(seq, question, *value)
            await visitor.expect("ack")
        await visitor.send("finish")
        return (await visitor.expect("finished"))["result_key"]

    async def finish_what_they_began(self):
        running = await self.resume("running")
        assert dict(running.session["answers"]) == dict([*ANSWERS[3:4], *ANSWERS[:2]])
        key = await self.finish(running, ANSWERS[2:])
        await self.partner.ask("result/attach", user_id="zoya", result_key=key)
        await self._scores_as_before(key)

        paused = await self.resume("paused")
        assert (await paused.expect("pause"))["answers"] == ANSWERS[:3]
        session = self.told["attempts"]["paused"]["session"]
        await self.partner.ask("payment/confirm", session=session)
        await paused.expect("resumed")
        await self.finish(paused, ANSWERS[3:])
        await self.finish(await self.resume("paid"), ANSWERS[3:])

        guest = self.told["guest_result_key"]
        finished = await self.resume("finished")
        assert finished.session["result_key"] == guest
        await self.partner.ask("result/attach", user_id="anna", result_key=guest)

        new = await self.connect()
        await new.open(test="work-values", token=self.told["access_token"])
        await self.finish(new, WORK_VALUES)

    async def _scores_as_before(self, key):
        now = await self.partner.ask("result/get", result_key=key, format="json")
        before = next(c["body"] for c in self.told["calls"] if c["path"] == "result/get")
        for of_result in ("created_at", "result_key", "user_id"):
            before.pop(of_result, None)
        assert is_as_before(now, before)


@dataclass(frozen=True)
class People:
    """The people of the portal, with their PINs and devices."""

    portal: PortalApi
    told: dict[str, Any]

    async def sign_in_and_get_what_waits(self):
        assert (await self.portal.login(pin=PIN, login=LOGIN)).status == 200
        tokens = (await self.portal.refresh(self.told["refresh_token"])).body["data"]
        device = await PortalDevice.sign_on(self.portal.url, tokens["access_token"])
        await device.acknowledge(await device.event("KIP 1"))
        await device.leave()


@dataclass(frozen=True)
class Editor:
    """An editor of QUA."""

    qua: Qua
    told: dict[str, Any]

    async def finds_and_asks(self):
        me = self.qua.showing(response_of(await self.qua.sign_in("editor"))["token"])
        (hit,) = (await me.search("слоны"))["hits"]
        assert str(self.told["question"]) in json.dumps(hit)
        assert (await me.ask("Где живёт бегемот"))["id"] > self.told["question"]


@pytest.fixture
def partner(api, told):
    return Partner(api, told)


@pytest.fixture
def visitors(connect, partner, told):
    return Visitors(connect, partner, told)


@pytest.fixture
def people(portal, told):
    return People(portal, told)


@pytest.fixture
def editor(qua, told):
    return Editor(qua, told)
