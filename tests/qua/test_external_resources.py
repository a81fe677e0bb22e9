"""External resources: what may be fetched, what is stored of it, and who may change it."""

import asyncio
import gzip
import socket
import zlib
from ipaddress import ip_network

import pytest
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port
from tornado.web import Application, RequestHandler

from tests.support.qua_api import refusal_of, response_of
from widget_gateway.services.outgoing import OutgoingClient, client
from widget_gateway.services.outgoing.client import MAX_PAGE_BYTES

pytestmark = pytest.mark.gen_test

HTML = "text/html; charset=utf-8"
ARTICLE = """<!doctype html><html><head><title>Дружба — Энциклопедия</title></head><body>
<nav><a href="/">Главная</a></nav><article><h1>Дружба</h1>
<p>Дружба — личные бескорыстные взаимоотношения между людьми,
основанные на доверии и искренности.</p>
<p>Друзья помогают друг другу в трудную минуту и радуются успехам.</p></article>
<script>window.evil = "скрипт"</script></body></html>"""


class Site:
    """Another web server, which sends what the test wants and records what it was asked."""

    def __init__(self, address: str) -> None:
        site = self
        self.pages = {}
        self.asked = []
        self.gate = asyncio.Event()

        class PageHandler(RequestHandler):
            async def get(self):
                site.asked.append(self.request)
                status, headers, body = site.pages[self.request.path]
                self.set_status(status)
                for name, value in headers.items():
                    self.set_header(name, value)
                if body is None:  # This body never ends.
                    self.write("<p>")
                    await self.flush()
                    await site.gate.wait()
                else:
                    self.finish(body or None)

        sock, port = bind_unused_port(address=address)
        self.server = HTTPServer(Application([(".*", PageHandler)], log_function=lambda _: None))
        self.server.add_socket(sock)
        self.url = f"http://{address}:{port}"

    def send(self, path, body, kind=HTML, status=200, **headers):
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (status, {"Content-Type": kind} | more, body)
        return self.url + path

    def redirect(self, path, to, status=302):
        self.pages[path] = (status, {"Location": to}, "")
        return self.url + path


@pytest.fixture
def open_site(io_loop):
    opened = []

    def make(address="127.0.0.1"):
        opened.append(Site(address))
        return opened[-1]

    yield make
    for site in opened:
        site.gate.set()
        site.server.stop()
        io_loop.run_sync(site.server.close_all_connections)


@pytest.fixture
def site(open_site, backend, monkeypatch):
    """A site whose private address may be called, unlike other private addresses."""
    allowed = (ip_network("127.0.0.1/32"),)
    resources = backend.services.qua.resources
    monkeypatch.setattr(resources, "_client", OutgoingClient(allowed))
    return open_site()


async def refused(me, url):
    """Add a page, which has to be refused; return the message. Nothing may be stored."""
    status, message = refusal_of(await me.call("POST", "external_resources", {"url": url}))
    assert status == 400
    assert await me.read("external_resources") == []
    return message


async def test_a_page_is_fetched_and_found_by_its_text(qua, site):
    me = await qua.join()
    resource = await me.add(site.send("/friendship", ARTICLE))
    assert resource["title"] == "Дружба"
    assert "бескорыстные взаимоотношения" in resource["content"]
    assert "скрипт" not in resource["content"]
    assert resource["resource"] == "127.0.0.1"
    assert resource["snippet"] == resource["content"][:200]
    assert await me.read(f"external_resources/{resource['id']}") == resource
    (hit,) = (await me.search("искренность"))["hits"]
    assert (hit["id"], hit["is_external"], hit["keywords"]) == (resource["id"], True, None)
    (asked,) = site.asked
    assert "Authorization" not in asked.headers
    assert "Cookie" not in asked.headers


async def test_what_is_given_goes_before_what_is_fetched(qua, site):
    me = await qua.join()
    url = site.send("/friendship", ARTICLE)
    resource = await me.add(url, title="Своё", image="https://a.example/x.png")
    assert (resource["title"], resource["image"]) == ("Своё", "https://a.example/x.png")
    assert "взаимоотношения" in resource["content"]
    again = await me.add(url, content="своё\n\nсодержание")
    assert again["content"] == "своё содержание"
    assert len(site.asked) == 1


async def test_a_known_url_is_read_anew_under_its_id(qua, site):
    me, other = await qua.join(), await qua.join("other")
    editor = await qua.join("editor", editor=True)
    url = site.send("/friendship", ARTICLE)
    first = await me.add(url)
    site.send("/friendship", "слон", "text/plain; charset=utf-8")
    answer = await other.call("POST", "external_resources", {"url": url})
    assert refusal_of(answer)[0] == 403
    assert len(site.asked) == 1
    again = await editor.add(url.replace("http://", "HTTP://"))
    assert (again["id"], again["content"]) == (first["id"], "слон")
    assert again["created_by"] == first["created_by"]
    assert again["updated_by"]["username"] == "editor"
    assert (await me.search("взаимоотношения"))["total"] == 0
    assert (await me.search("слоны"))["total"] == 1


async def test_one_url_added_by_many_at_once_is_one_resource(qua):
    me = await qua.join()
    body = {"url": "https://a.example/", "content": "слон"}
    answers = await asyncio.gather(*(me.call("POST", "external_resources", body) for _ in range(8)))
    assert len({response_of(answer)["id"] for answer in answers}) == 1
    assert (await me.search("слон"))["total"] == 1


@pytest.mark.parametrize(
    ("body", "kind", "text"),
    [
        ("просто текст", "text/plain; charset=utf-8", "просто текст"),
        ("просто текст".encode("cp1251"), "text/plain; charset=windows-1251", "просто текст"),
        ("<p>слово о дружбе</p>".encode("koi8-r"), "text/html; charset=koi8-r", "слово о дружбе"),
        ("<html><body><p>xhtml</p></body></html>", "application/xhtml+xml", "xhtml"),
        ("<p>unknown charset</p>", "text/html; charset=x-unknown", "unknown charset"),
        (b"broken \xff utf-8", "text/plain; charset=utf-8", "broken \ufffd utf-8"),
    ],
    ids=["plain", "cp1251", "koi8-r", "xhtml", "unknown charset", "broken"],
)
async def test_text_of_any_charset_is_read(qua, site, body, kind, text):
    me = await qua.join()
    assert (await me.add(site.send("/page", body, kind)))["content"] == text


async def test_a_compressed_page_is_read(qua, site):
    me = await qua.join()
    packed = gzip.compress(ARTICLE.encode())
    url = site.send("/page", packed, Content_Encoding="gzip")
    assert "взаимоотношения" in (await me.add(url))["content"]


async def test_redirects_are_followed_to_the_page(qua, site):
    me = await qua.join()
    site.send("/end", ARTICLE)
    for number, status in enumerate((301, 302, 303, 307, 308)):
        to = "/end" if number == 4 else f"{site.url}/{number + 1}"
        site.redirect(f"/{number}", to, status)
    resource = await me.add(f"{site.url}/0")
    assert "взаимоотношения" in resource["content"]
    assert resource["url"] == f"{site.url}/0"


async def test_a_sixth_redirect_is_not_followed(qua, site):
    me = await qua.join()
    assert "redirects too often" in await refused(me, site.redirect("/loop", "/loop"))
    assert len(site.asked) == 6


FORBIDDEN = [
    *("http://127.0.0.1/", "http://localhost/", "http://[::1]/", "http://0.0.0.0/"),
    *("http://10.0.0.1/", "http://192.168.1.1/", "http://172.16.0.1/", "http://100.64.0.1/"),
    *("http://169.254.169.254/latest/meta-data/", "http://[fe80::1]/", "http://[fc00::1]/"),
    *("http://[::ffff:127.0.0.1]/", "http://[64:ff9b::7f00:1]/", "http://[2002:7f00:1::]/"),
    *("http://2130706433/", "http://0x7f000001/", "http://0177.0.0.1/", "http://127.1/"),
    *("http://224.0.0.1/", "http://255.255.255.255/", "http://localhost./"),
]


@pytest.mark.parametrize("url", FORBIDDEN)
async def test_a_private_address_is_never_called(qua, open_site, url):
    me = await qua.join()
    port = open_site().url.rpartition(":")[2]
    with_port = url.replace("/", f":{port}/", 3).replace(f":{port}/", "/", 2)
    for address in (url, with_port):
        await refused(me, address)


async def test_a_name_that_leads_to_a_private_address_is_not_called(qua, open_site):
    me, own = await qua.join(), open_site()
    own.send("/", ARTICLE)
    port = own.url.rpartition(":")[2]
    for host in ("127.0.0.1", "localhost"):
        assert "not public" in (await refused(me, f"http://{host}:{port}/")).replace(
            "its address is public", "not public"
        )
    assert own.asked == []


async def test_the_address_is_looked_at_when_it_is_called_and_not_before(
    qua, open_site, monkeypatch
):
    """The name has a public address when it is checked, and a private one afterwards."""
    me, own = await qua.join(), open_site()
    own.send("/", ARTICLE)
    port = int(own.url.rpartition(":")[2])
    answers = iter([("93.184.216.34", 80)])
    real = socket.getaddrinfo

    def rebinding(host, *arguments, **fields):
        if host != "rebinding.example":
            return real(host, *arguments, **fields)
        place = next(answers, ("127.0.0.1", port))
        return [(2, 1, 6, "", place)]

    monkeypatch.setattr(socket, "getaddrinfo", rebinding)
    next(answers)
    assert "not public" in await refused(me, f"http://rebinding.example:{port}/")
    assert own.asked == []


@pytest.mark.parametrize(
    "to",
    [
        "http://127.0.0.2:{port}/",
        "//127.0.0.2:{port}/",
        "http://localhost:{port}/",
        "http://10.0.0.1/",
    ],
)
@pytest.mark.parametrize("hops", [1, 2])
async def test_a_redirect_to_a_private_address_is_not_followed(qua, site, open_site, to, hops):
    me, inside = await qua.join(), open_site("127.0.0.2")
    inside.send("/", ARTICLE)
    target = to.format(port=inside.url.rpartition(":")[2])
    url = site.redirect("/last", target)
    if hops == 2:
        url = site.redirect("/first", "/last")
    if "localhost" in to:
        return_to = await refused(me, url)
        assert "refused" in return_to or "public" in return_to  # Nothing listens there.
    else:
        assert "public" in await refused(me, url)
    assert inside.asked == []


@pytest.mark.parametrize(
    "to", ["file:///etc/passwd", "ftp://a.example/", "gopher://a.example/", "javascript:alert(1)"]
)
async def test_a_redirect_to_another_scheme_is_not_followed(qua, site, to):
    me = await qua.join()
    assert "http://" in await refused(me, site.redirect("/", to))


@pytest.mark.parametrize(
    "url",
    [
        *("", "x", "file:///etc/passwd", "ftp://a.example/", "gopher://a.example/", "//a.example/"),
        *("javascript:alert(1)", "data:text/plain,x", "http://", "http:///path", "https://a b/"),
        *("http://user:pass@a.example/", "http://a.example:99999/", "http://a.example:x/"),
        *("http://" + "a" * 2_000 + ".example/", "http://[::1", "http://a\nb.example/"),
    ],
)
async def test_what_is_no_url_of_a_page_is_refused(qua, url):
    me = await qua.join()
    for body in ({"url": url}, {"url": url, "content": "text"}):
        assert refusal_of(await me.call("POST", "external_resources", body))[0] == 400


@pytest.mark.parametrize("url", [None, 5, {"$ne": 1}, ["http://a.example/"]], ids=str)
async def test_a_url_is_a_string(qua, url):
    me = await qua.join()
    answer = await me.call("POST", "external_resources", {"url": url, "content": "x"})
    assert refusal_of(answer)[0] == 400


@pytest.mark.parametrize(
    "kind", ["application/pdf", "image/png", "application/json", "application/octet-stream"]
)
async def test_a_page_of_another_content_type_is_refused(qua, site, kind):
    me = await qua.join()
    assert "text/html" in await refused(me, site.send("/", b"x", kind))


@pytest.mark.parametrize("status", [204, 304, 401, 404, 500])
async def test_a_page_that_is_not_there_is_refused(qua, site, status):
    me = await qua.join()
    body = "" if status in (204, 304) else "text"
    assert str(status) in await refused(me, site.send("/", body, status=status))


async def test_a_page_above_two_mebibytes_is_refused(qua, site):
    me = await qua.join()
    page = b"<p>word</p>" + b" " * MAX_PAGE_BYTES
    assert "2 MiB" in await refused(me, site.send("/long", page))
    fits = page[:MAX_PAGE_BYTES]
    assert (await me.add(site.send("/fits", fits)))["content"] == "word"


@pytest.mark.parametrize("coding", ["gzip", "deflate"])
async def test_a_page_that_becomes_huge_is_given_up(qua, site, coding):
    me = await qua.join()
    pack = {"gzip": gzip.compress, "deflate": zlib.compress}[coding]
    bomb = pack(b"<p>" + b" " * 50 * 2**20)
    assert len(bomb) < MAX_PAGE_BYTES / 10
    assert "2 MiB" in await refused(me, site.send("/", bomb, Content_Encoding=coding))


@pytest.mark.parametrize("coding", ["br", "zstd", "gzip, gzip"])
async def test_a_coding_that_was_not_asked_for_is_refused(qua, site, coding):
    me = await qua.join()
    assert "compressed" in await refused(me, site.send("/", b"x", Content_Encoding=coding))


async def test_a_broken_coding_is_refused(qua, site):
    me = await qua.join()
    await refused(me, site.send("/a", b"x" * 100, Content_Encoding="gzip"))
    cut = gzip.compress(ARTICLE.encode())[:-20]
    assert "middle" in await refused(me, site.send("/b", cut, Content_Encoding="gzip"))


async def test_a_page_that_does_not_end_is_given_up(qua, site, monkeypatch):
    monkeypatch.setattr(client, "PAGE_TIMEOUT_S", 0.3)
    me = await qua.join()
    assert "in time" in await refused(me, site.send("/", None))


async def test_a_page_without_text_is_refused_unless_its_text_is_given(qua, site):
    me = await qua.join()
    url = site.send("/", "<html><body><script>x()</script></body></html>")
    assert "no text" in await refused(me, url)
    assert (await me.add(url, content="text"))["content"] == "text"


async def test_a_hostile_page_harms_nobody(qua, site):
    me = await qua.join()
    deep = "<div>" * 50_000 + "слон" + "</div>" * 50_000
    answer = await me.call("POST", "external_resources", {"url": site.send("/deep", deep)})
    assert answer.status in (200, 400)
    entities = (
        '<?xml version="1.0"?><!DOCTYPE html [<!ENTITY a SYSTEM "file:///etc/passwd">]>'
        "<html><body><p>word &a;</p></body></html>"
    )
    url = site.send("/xxe", entities, "application/xhtml+xml")
    answer = await me.call("POST", "external_resources", {"url": url})
    assert "root:" not in str(answer.body)
    assert "взаимоотношения" in (await me.add(site.send("/", ARTICLE)))["content"]


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "x" * 301},
        {"title": {"a": 1}},
        {"content": "x" * 500_001},
        {"content": ["x"]},
        {"content": "a\0b"},
        {"image": "javascript:alert(1)"},
        {"image": "//evil.example/x.png"},
        {"image": "data:image/png;base64,x"},
        {"image": {"a": 1}},
    ],
    ids=lambda changes: str(changes)[:40],
)
async def test_what_is_no_resource_is_refused(qua, changes):
    me = await qua.join()
    usual = {"url": "https://a.example/", "content": "text"}
    assert refusal_of(await me.call("POST", "external_resources", usual | changes))[0] == 400
    assert await me.read("external_resources") == []


async def test_lists_are_newest_first_without_whole_texts(qua):
    me = await qua.join()
    numbers = [
        (await me.add(f"https://a.example/{n}", content="слово " * 1_000))["id"] for n in range(3)
    ]
    answer = await me.find("external_resources", limit=2)
    assert answer.headers["X-Total-Count"] == "3"
    listed = response_of(answer)
    assert [resource["id"] for resource in listed] == numbers[:0:-1]
    assert "content" not in listed[0]
    assert listed[0]["snippet"] == ("слово " * 100)[:200]
    assert listed[0]["title"] == "a.example/2"
    assert [
        resource["id"] for resource in await me.read("external_resources", offset=2)
    ] == numbers[:1]
