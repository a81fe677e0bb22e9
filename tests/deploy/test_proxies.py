"""nginx and HAProxy before a gateway, each with its configuration as it is delivered.

Only ports, paths of certificates and the addresses of gateways are replaced. Of two gateways the
first is dead, so that each call also shows that the proxy finds the other one.
"""

import re
import socket
import ssl
import subprocess

import pytest
from tornado.httpclient import AsyncHTTPClient
from tornado.testing import bind_unused_port

from tests.deploy.conftest import DEPLOY
from tests.support.channel_client import ChannelClient
from tests.support.partner_api import PartnerApi
from tests.support.portal_api import PortalApi
from tests.support.processes import Gateway
from tests.support.tools import tool
from tests.support.waiting import PATIENCE_S, wait_for
from tests.support.widget_calls import CallingWidget, answer
from widget_gateway.services.catalogue.files import bundled_directory

pytestmark = pytest.mark.gen_test

CLIENT = "127.0.0.2"
"""The address of clients, which no proxy has. Linux has all of 127.0.0.0/8."""

NEW = {"test": "career-interests", "locale": "en"}


DATABASE = "tests_of_proxies"
CALLBACK_KEY = "callback key of the tests"

CONTEXT = ssl.create_default_context()
CONTEXT.check_hostname = False
CONTEXT.verify_mode = ssl.CERT_NONE  # The certificate is one to try the proxies with.


class Proxy:
    """A proxy as a process; `url` is the address that it has for clients."""

    def __init__(self, folder, gateway_port, secrets) -> None:
        self.folder = folder
        self.log = folder / "log"
        self.http, self.https, self.dead = (free_port() for _ in range(3))
        self.url = f"https://127.0.0.1:{self.https}"
        self._gateway_port = gateway_port
        self._secrets = secrets

    def adapted(self, name, **replaced):
        """Return a file of deploy/ with parts replaced, each of which it has to contain."""
        text = (DEPLOY / name).read_text("utf-8")
        for found, replacement in replaced.values():
            text, number = re.subn(found, str(replacement), text, flags=re.MULTILINE)
            assert number, f"{name} has no {found}"
        return text

    def command_of_nginx(self):
        """Write the files of nginx; return the command that runs it."""
        parts = self.folder / "parts"
        parts.mkdir()
        path = self.folder / "nginx.conf"
        path.write_text(
            self.adapted(
                "nginx/nginx.conf",
                pid=("/run/nginx.pid", self.folder / "pid"),
                parts=("/etc/nginx/widget-gateway", parts),
            )
        )
        (parts / "upstream.conf").write_text(
            self.adapted(
                "nginx/upstream.conf",
                dead=("gateway-1:8888", f"127.0.0.1:{self.dead}"),
                alive=("gateway-2:8888", f"127.0.0.1:{self._gateway_port}"),
            )
        )
        (parts / "widget-gateway.conf").write_text(
            self.adapted(
                "nginx/widget-gateway.conf",
                http=(r"listen 80;", f"listen 127.0.0.1:{self.http};"),
                https=(r"listen 443 ", f"listen 127.0.0.1:{self.https} "),
                ipv6=(r"^ *listen \[::\].*\n", ""),
                certificate=(
                    "/etc/nginx/tls/certificate.pem",
                    self._secrets / "tls_certificate.pem",
                ),
                key=("/etc/nginx/tls/key.pem", self._secrets / "tls_key.pem"),
            )
        )
        # nginx's own folders for large bodies belong to root.
        (parts / "test.conf").write_text(
            "".join(
                f"{name}_temp_path {self.folder}/{name};\n"
                for name in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
            )
        )
        return [tool("nginx"), "-c", path, "-g", "daemon off; user root;"]

    def command_of_haproxy(self):
        """Write the files of HAProxy; return the command that runs it."""
        pem = self.folder / "gateway.pem"
        parts = ("tls_certificate.pem", "tls_key.pem")
        pem.write_text("".join((self._secrets / name).read_text() for name in parts))
        path = self.folder / "haproxy.cfg"
        path.write_text(
            self.adapted(
                "haproxy/haproxy.cfg",
                http=(r"bind :80$", f"bind 127.0.0.1:{self.http}"),
                https=(r"bind :443 ", f"bind 127.0.0.1:{self.https} "),
                certificate=("/etc/haproxy/certs/gateway.pem", pem),
                dead=("127.0.0.1:8888", f"127.0.0.1:{self.dead}"),
                alive=("127.0.0.1:8889", f"127.0.0.1:{self._gateway_port}"),
            )
        )
        return [tool("haproxy"), "-db", "-f", path]


def free_port():
    reserved, port = bind_unused_port()
    reserved.close()
    return port


def is_open(port):
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


@pytest.fixture(scope="module")
def gateway(mongodb_uri, data_dir, tmp_path_factory):
    """A gateway that trusts proxies of this machine, with two tests and a provider."""
    node = Gateway(
        data_dir,
        MONGODB_URI=mongodb_uri,
        DATABASE=DATABASE,
        JWT_SECRET="a secret of the tests that is long enough",
        PIN_PEPPER="a pepper of the tests that is long enough",
        CALLBACK_KEY=CALLBACK_KEY,
        TRUSTED_PROXIES="127.0.0.1",
    )
    tests = ("career-interests.yaml", "work-values.yaml")
    node.command("test", "import", *(str(bundled_directory() / name) for name in tests))
    created = node.command(
        *("provider", "create", "--slug", "college", "--name", "College", "--policy", "postpaid")
    )
    node.client_key = created["client_key"]
    node.start(log=tmp_path_factory.mktemp("gateway") / "log")
    yield node
    node.terminate()


@pytest.fixture(scope="module", params=["nginx", "haproxy"])
def proxy(request, tmp_path_factory, gateway, made_secrets):
    """A running proxy before the gateway."""
    made = Proxy(tmp_path_factory.mktemp(request.param), gateway.port, made_secrets)
    command = getattr(made, f"command_of_{request.param}")()
    check = {"nginx": "-t", "haproxy": "-c"}[request.param]
    checked = subprocess.run([*command, check], capture_output=True, text=True, check=False)
    assert checked.returncode == 0, checked.stderr
    with made.log.open("w") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
    wait_for(lambda: is_open(made.https) or process.poll() is not None)
    assert process.poll() is None, made.log.read_text()
    yield made
    process.terminate()
    process.wait(PATIENCE_S)


@pytest.fixture
def outside():
    """An HTTP client that comes from CLIENT and trusts any certificate."""
    client = AsyncHTTPClient(
        force_instance=True,
        defaults={
            "network_interface": CLIENT,
            "validate_cert": False,
            "follow_redirects": False,
            "request_timeout": PATIENCE_S,
        },
    )
    yield client
    client.close()


async def test_widgets_reach_the_gateway(proxy, outside):
    # The iframe page has the gateway's own origin, which is known by X-Forwarded-Proto and -Host.
    visitor = await ChannelClient.connect(
        proxy.url, origin=proxy.url, ssl=CONTEXT, local_addr=(CLIENT, 0)
    )
    session = await visitor.open(**NEW)
    await visitor.answer_all(session["questions"][:3])
    await visitor.leave()

    widget = CallingWidget(outside, proxy.url, proxy.url)
    session = await widget.open(**NEW)
    question = session["questions"][0]
    given = answer(1, question["id"], question["options"][0]["value"])
    assert (await widget.send(given)).acks == [1]


async def test_the_gateway_learns_who_calls_from_the_proxy_alone(proxy, outside, gateway, client):
    forged = {
        "X-Forwarded-For": "192.0.2.1",
        "Forwarded": "for=192.0.2.2",
        "X-Real-IP": "192.0.2.3",
    }
    portal = PortalApi(outside, proxy.url, CALLBACK_KEY)
    assert (await portal.login(**forged)).body["result"] is False
    assert client[DATABASE]["audit"].distinct("address") == [CLIENT]

    partner = PartnerApi(outside, proxy.url)
    token = await partner.fetch(
        "access/token?user_id=ivanova&test=work-values",
        headers=forged | {"Authorization": f"Bearer {gateway.client_key}"},
    )
    assert token.status == 200, token
    called = await partner.get(
        "access/token", client_key=gateway.client_key, user_id="petrova", test="work-values"
    )
    assert called.status == 200, called
    assert "/partner/api/v3/access/token" in proxy.log.read_text()
    assert gateway.client_key not in proxy.log.read_text()


async def test_what_is_not_for_everybody_is_not_passed_on(proxy, outside, gateway):
    served = await outside.fetch(f"{gateway.url}/metrics", raise_error=False)
    assert b"widget_gateway_" in served.body
    for path in ("/metrics", "/metrics?x", "//metrics", "/%6detrics", "/metrics/", "/x/../metrics"):
        answered = await outside.fetch(proxy.url + path, raise_error=False)
        assert answered.code in (400, 404), path
        assert b"widget_gateway_" not in (answered.body or b""), path
    plain = await outside.fetch(f"http://127.0.0.1:{proxy.http}/docs/", raise_error=False)
    assert plain.code == 308
    assert plain.headers["Location"].startswith("https://127.0.0.1")
    health = await outside.fetch(f"{proxy.url}/healthz")
    assert health.headers["Strict-Transport-Security"]


async def test_the_gateway_refuses_what_is_too_large_itself(proxy, outside):
    partner = PartnerApi(outside, proxy.url)
    refused = await partner.post_raw("access/token", b"x" * (3 * 2**19))
    assert (refused.status, refused.reason) == (413, "body_too_large")
    # Of the excess the proxy need not see more than its length.
    with CONTEXT.wrap_socket(socket.create_connection(("127.0.0.1", proxy.https))) as sock:
        sock.sendall(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 3145728\r\n\r\n")
        assert sock.recv(100).startswith(b"HTTP/1.1 413 ")
    long_query = await partner.get("access/token", client_key="x" * 40_000)
    assert (long_query.status, long_query.reason) == (400, "parameter_invalid")
