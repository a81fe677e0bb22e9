"""Makes a backup of a gateway in which all collections are filled, and notes what the gateway says.

It is run by hand with the code of a release, after the version in setup.py was raised:

    python -m pytest tests/backups/make_release_fixture.py

It writes `releases/<version>.zip` and `releases/<version>.json`. Do not make the files of an
earlier version again: `test_upgrade.py` shows with them that newer code goes on with what that
release has stored. All that is in them is invented.
"""

import asyncio
import json
from decimal import Decimal
from importlib.metadata import version
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from PIL import Image

from storage.backup.contents import KEPT
from tests.attempts.make_stored_snapshot import ANSWERS, EVERY_TYPE, PAID
from tests.support.console import Console
from tests.support.fixtures import ORIGIN, WORK_VALUES
from tests.support.portal_api import OTHER, PERSON
from tests.support.portal_device import push
from tests.support.waiting import until
from widget_gateway.domain.console.drafts import ImportWishes
from widget_gateway.domain.ids import AccountId, ProviderSlug
from widget_gateway.domain.partners.providers import PaymentPolicy
from widget_gateway.services.catalogue.files import read_definition_file
from widget_gateway.services.catalogue.uploads import UploadedFile
from widget_gateway.services.partners.logos import read_logo

pytestmark = pytest.mark.gen_test

HERE = Path(__file__).parent / "releases"
ALWAYS = {"from": "2020-01-01", "to": "2100-01-01"}
COLLEGE = ProviderSlug("college")


@pytest.fixture
def catalogue(io_loop, backend):
    """The bundled tests, and the test of every type, once free and once paid."""
    add = backend.services.public.catalogue.add
    for changes in (None, PAID):
        definition = read_definition_file(EVERY_TYPE, changes)
        io_loop.run_sync(lambda made=definition: add(EVERY_TYPE, made))


@pytest.fixture
def console(backend, http_client, base_url):
    """The console of this gateway."""
    return Console(backend, http_client, base_url)


@pytest.fixture
def logo(tmp_path):
    """A logo, as `provider update --brand-logo` reads it."""
    path = tmp_path / "logo.png"
    Image.new("RGB", (64, 32), "navy").save(path)
    return read_logo(path.read_bytes())


class Told:
    """What the gateway says of what is stored, by calls that change nothing."""

    def __init__(self, api) -> None:
        self.calls = []
        self._api = api

    async def ask(self, path, **parameters):
        answer = await self._api.get(path, **parameters)
        assert answer.status == 200, answer.body
        self.calls.append({"path": path, "parameters": parameters, "body": answer.body})
        return answer.body


@pytest.mark.usefixtures("catalogue")
async def test_make_the_fixture(  # noqa: PLR0915 - a life of a gateway, one step after another
    api, connect, register, portal, qua, console, backend, database, commands, logo
):
    providers = backend.services.partner.providers
    keys = await register(
        COLLEGE,
        origins=(ORIGIN,),
        payment_policy=PaymentPolicy.POSTPAID,
        price=Decimal("7.50"),
        currency="EUR",
    )
    academy = await register(
        "academy",
        payment_policy=PaymentPolicy.PREPAID,
        access_limit=10,
        main_tests=("work-values",),
    )
    await providers.keep_logo(logo)
    await providers.update(
        COLLEGE, {"brand_name": "Колледж", "brand_color": "#203040", "brand_logo": logo.digest}
    )
    # Nobody answers there, so deliveries wait, as they do while a partner's server is away.
    await backend.services.partner.webhooks.set_url(COLLEGE, "https://partner.example/events")
    caller = {"client_key": keys.client_key}
    sandbox = {"client_key": keys.sandbox_key}
    told = Told(api)
    attempts = {}

    async def visit(name, test, given, **fields):
        visitor = await connect()
        await visitor.open(test=test, locale="en", **fields)
        for seq, (question, value) in enumerate(given, start=1):
            await visitor.answer(seq, question, *value)
            await visitor.expect("ack")
        attempts[name] = visitor.identity
        return visitor

    async def finish(visitor):
        await visitor.send("finish")
        return (await visitor.expect("finished"))["result_key"]

    await visit("running", "every-type", ANSWERS[:2], answers=ANSWERS[3:4])
    await visit("paused", "every-type-paid", ANSWERS[:3])
    paid = await visit("paid", "every-type-paid", ANSWERS[:3])
    await paid.expect("pause")
    confirmed = {"session": attempts["paid"]["session"], "payment_id": "bill 7"}
    assert (await api.get("payment/confirm", **caller, **confirmed)).status == 200
    finished = await visit("finished", "every-type", ANSWERS)
    guest = await finish(finished)

    free = await finish(await visit("attached", "every-type", ANSWERS))
    assert (await api.get("result/attach", **caller, user_id="anna", result_key=free)).status == 200
    vera = (await api.get("user/register", **caller, user_id="vera")).body["user_key"]
    saved = await api.fetch(
        "progress/save",
        method="POST",
        headers={"Content-Type": "application/json", "Idempotency-Key": "one"},
        body=json.dumps(
            caller | {"user_key": vera, "test": "work-values", "progress": WORK_VALUES}
        ),
    )
    tried = await api.post_json(
        "progress/save", **sandbox, test="work-values", progress=WORK_VALUES
    )
    in_sandbox = {"user_id": "boris", "result_key": tried.body["result_key"]}
    assert (await api.get("result/attach", **sandbox, **in_sandbox)).status == 200
    prepaid = {"client_key": academy.client_key}
    assert (await api.get("user/register", **prepaid, user_id="gleb")).status == 200
    token = await api.get("access/token", **caller, user_id="dora", test="work-values")

    assert (await portal.update_pin()).status == 200
    other = {"id_phperson": OTHER, "ad_login": "petrov@osnova.example", "pin_code": "1234"}
    assert (await portal.update_pin(**other)).status == 200
    tokens = await portal.signed_in()
    await portal.login(pin="9999")
    await push(portal, "KIP 1", PERSON, OTHER)

    me = await qua.join("editor", editor=True)
    question = await me.ask("Как отправить слона", text="Слона отправляют **почтой**.")
    await me.change(question["id"], title="Как отправить слона почтой")
    await me.call("POST", "synonyms", {"words": ["слон", "элефант"]})
    await me.ask("Почему зебра полосатая")
    await me.add("https://en.wikipedia.org/wiki/Friendship", title="Friendship", content="Friends")
    hits = (await me.search("слоны"))["hits"]
    assert len(hits) == 1
    (link,) = (await me.search("friendship"))["hits"]
    away = await qua.call("GET", f"/away?{urlsplit(link['url']).query}")
    assert away.status == 302, away.body

    upload = [UploadedFile(EVERY_TYPE.name, EVERY_TYPE.read_bytes())]
    await backend.authoring.drafts.upload(upload, ImportWishes(), "author@example.org")
    shown = read_definition_file(EVERY_TYPE).document
    await backend.authoring.previews.begin(shown, "draft", AccountId(uuid4()), ORIGIN)

    admin = await console.sign_in("admin")
    backend.services.console.limits.needs_approval = True
    limit = {"payment_policy": "prepaid", "access_limit": "77", "overdraft": "3"}
    asked = await admin.post("/console/providers/academy/limit/", **limit)
    assert asked.status == 303, asked.main
    await api.get("user/register", **caller, user_id="zoya")
    assert (await api.get("user/erase", **caller, user_id="zoya")).status == 200

    for path in ("users", "stats"):
        await told.ask(path, **caller)
        await told.ask(path, **sandbox)
    await told.ask("user/tests", **caller, user_id="anna")
    for key in (free, saved.body["result_key"]):
        await told.ask("result/get", **caller, result_key=key, format="json")
        await told.ask("answers/get", **caller, result_key=key)
    for name in ("paused", "paid"):
        await told.ask("session/get", **caller, session=attempts[name]["session"])
    await told.ask("invoice", **caller, **ALWAYS, format="json")

    await backend.numbers.daily_counting.settle()
    await until(lambda: database["webhook_deliveries"].find_one({"attempts": {"$gt": 0}}))
    assert [name for name in KEPT if not database[name].find_one()] == []
    notes = {
        "gateway": version("widget-gateway"),
        "client_key": keys.client_key,
        "academy_key": academy.client_key,
        "calls": told.calls,
        "attempts": attempts,
        "guest_result_key": guest,
        "access_token": token.body["access_token"],
        "user_key": vera,
        "saved": saved.body,
        "refresh_token": tokens["refresh_token"],
        "question": question["id"],
    }
    file = HERE / f"{notes['gateway']}.zip"
    file.unlink(missing_ok=True)
    done = await asyncio.to_thread(commands.run, "backup", str(file))
    assert done.exit_code == 0, done.output
    text = json.dumps(notes, indent=1, ensure_ascii=False, sort_keys=True, default=str)
    await asyncio.to_thread((HERE / f"{notes['gateway']}.json").write_text, text + "\n", "utf-8")
