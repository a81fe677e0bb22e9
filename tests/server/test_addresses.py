"""The client's address behind proxies, and the gateway's own origin."""

from ipaddress import ip_network

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from handlers.addresses import client_address, counted_address, own_origin
from widget_gateway.domain.web import network_of, parse_address

pytestmark = pytest.mark.fast

TRUSTED = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))


class Connection:
    def __init__(self, remote_ip) -> None:
        self.context = self
        self.remote_ip = remote_ip
        self.protocol = "http"


def request_from(remote_ip, *forwarded, **headers):
    sent = HTTPHeaders({name.replace("_", "-"): value for name, value in headers.items()})
    for value in forwarded:
        sent.add("X-Forwarded-For", value)
    sent.setdefault("Host", "gateway.example")
    line = RequestStartLine("GET", "/", "HTTP/1.1")
    return HTTPServerRequest(headers=sent, connection=Connection(remote_ip), start_line=line)


@pytest.mark.parametrize(
    ("remote", "forwarded", "client"),
    [
        ("203.0.113.5", ("198.51.100.1",), "203.0.113.5"),
        ("10.0.0.1", (), "10.0.0.1"),
        ("10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("192.0.2.1, 198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("192.0.2.1, 198.51.100.1, 10.9.9.9",), "198.51.100.1"),
        ("10.0.0.1", ("192.0.2.1", "198.51.100.1"), "198.51.100.1"),
        ("10.0.0.1", ("198.51.100.1, nonsense",), "10.0.0.1"),
        ("10.0.0.1", ("198.51.100.1,",), "10.0.0.1"),
        ("10.0.0.1", ("10.0.0.2, 10.0.0.3",), "10.0.0.2"),
        ("fd00::1", ("2001:db8::7",), "2001:db8::7"),
        ("::ffff:10.0.0.1", ("198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("198.51.100.1:5555",), "198.51.100.1"),
        ("10.0.0.1", ("[2001:db8::1]:443",), "2001:db8::1"),
        ("10.0.0.1", ("[2001:DB8:0::1]",), "2001:db8::1"),
        ("10.0.0.1", ("::ffff:198.51.100.1",), "198.51.100.1"),
        ("10.0.0.1", ("192.0.2.1, 198.51.100.1:80, 10.9.9.9:4711",), "198.51.100.1"),
        ("10.0.0.1", ("198.51.100.1:http",), "10.0.0.1"),
        ("10.0.0.1", ("[2001:db8::1",), "10.0.0.1"),
        ("10.0.0.1", ("[2001:db8::1]443",), "10.0.0.1"),
    ],
)
def test_the_client_is_the_nearest_that_is_no_trusted_proxy(remote, forwarded, client):
    assert client_address(request_from(remote, *forwarded), TRUSTED) == client


@pytest.mark.parametrize(
    ("forwarded", "client"),
    [
        ("for=198.51.100.1", "198.51.100.1"),
        ("For=198.51.100.1;proto=https;by=10.0.0.1", "198.51.100.1"),
        ('for="198.51.100.1:5555"', "198.51.100.1"),
        ('proto=https;for="[2001:db8::1]:443"', "2001:db8::1"),
        ('for=192.0.2.1, for="198.51.100.1" , for=10.9.9.9', "198.51.100.1"),
        ('for="192.0.2.1, for=192.0.2.2", for=198.51.100.1', "198.51.100.1"),
        ("for=unknown", "10.0.0.1"),
        ("for=_hidden", "10.0.0.1"),
        ("proto=https", "10.0.0.1"),
        ("", "10.0.0.1"),
        ("for=198.51.100.1 for=192.0.2.1", "10.0.0.1"),
        ('for=192.0.2.1, for="198.51.100.1', "10.0.0.1"),
    ],
)
def test_forwarded_tells_the_client_as_rfc_7239_spells_it(forwarded, client):
    assert client_address(request_from("10.0.0.1", Forwarded=forwarded), TRUSTED) == client
    assert client_address(request_from("203.0.113.5", Forwarded=forwarded), TRUSTED) == (
        "203.0.113.5"
    )


def test_a_clients_forwarded_counts_nothing_beside_what_the_proxy_adds_to():
    request = request_from("10.0.0.1", "198.51.100.1", Forwarded="for=192.0.2.1")
    assert client_address(request, TRUSTED) == "198.51.100.1"
    host = request_from("10.0.0.1", X_Forwarded_Proto="https", Forwarded="host=evil.example")
    assert own_origin(host, None, TRUSTED) == "https://gateway.example"


def test_a_broken_line_of_forwarded_hides_what_stands_before_it_and_nothing_after():
    request = request_from("10.0.0.1")
    for line in ("for=192.0.2.1", 'for="', "for=198.51.100.1"):
        request.headers.add("Forwarded", line)
    assert client_address(request, TRUSTED) == "198.51.100.1"


def test_forwarded_tells_the_origin():
    request = request_from("10.0.0.1", Forwarded='for=192.0.2.1;proto=https;host="tests.example"')
    assert own_origin(request, None, TRUSTED) == "https://tests.example"


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("198.51.100.1", "198.51.100.1"),
        ("::ffff:198.51.100.1", "198.51.100.1"),
        ("2001:db8:0:1:2:3:4:5", "2001:db8:0:1::/64"),
        ("2001:DB8:0:1::", "2001:db8:0:1::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_a_call_counts_for_the_network_of_its_subscriber(address, network):
    assert network_of(address) == network
    assert counted_address(request_from("fd00::1", address), TRUSTED) == (network or "fd00::/64")


@pytest.mark.parametrize(
    "text",
    ["", "1.2.3", "1.2.3.4:", "1.2.3.4:x", "[::1]:", "[::1]x", "::1]", "a.example:80", "١.2.3.4"],
)
def test_what_names_no_address_is_none(text):
    assert parse_address(text) is None


@pytest.mark.parametrize(
    ("remote", "origin"),
    [("10.0.0.1", "https://tests.example"), ("203.0.113.5", "http://gateway.example")],
)
def test_only_a_trusted_proxy_tells_the_origin(remote, origin):
    headers = {"X_Forwarded_Proto": "https", "X_Forwarded_Host": "tests.example"}
    assert own_origin(request_from(remote, **headers), None, TRUSTED) == origin


def test_the_public_url_wins():
    request = request_from("10.0.0.1", X_Forwarded_Host="tests.example")
    assert own_origin(request, "https://public.example", TRUSTED) == "https://public.example"
