"""The client's address behind proxies, and the gateway's own origin."""

from ipaddress import ip_network

import pytest
from tornado.httputil import HTTPHeaders, HTTPServerRequest, RequestStartLine

from handlers.addresses import client_address, own_origin

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
    ],
)
def test_the_client_is_the_nearest_that_is_no_trusted_proxy(remote, forwarded, client):
    assert client_address(request_from(remote, *forwarded), TRUSTED) == client


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
