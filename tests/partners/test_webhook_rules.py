"""Webhooks: the addresses that may be called, the pauses before retries, and events of limits."""

import asyncio
import socket
from datetime import timedelta
from ipaddress import ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.processes import Gateway
from widget_gateway.domain.partners.webhooks import (
    GIVE_UP_AFTER,
    LONGEST_DELAY,
    retry_delay,
    thresholds_reached,
)
from widget_gateway.domain.web import may_be_called, url_fault
from widget_gateway.services.outgoing import CallFailedError, OutgoingClient

LOOPBACK = (ip_network("127.0.0.0/8"),)


@pytest.mark.parametrize(
    "address",
    [
        *("127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "0.1.2.3"),
        *("100.64.0.1", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fd00::1"),
        *("ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::"),
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        # Reserved, local or translated parts of IPv6, and special networks of IPv4.
        *("fec0::1", "::1.2.3.4", "::ffff:0:1.2.3.4", "3fff::1", "2001:db8::1", "5f00::1"),
        *("100::1", "400::1", "4000::1", "e000::1", "64:ff9b:1::1", "2620:4f:8000::1"),
        *("192.88.99.1", "192.0.0.9", "192.31.196.1", "192.52.193.1", "192.175.48.1"),
        *("198.18.0.1", "203.0.113.1", "240.0.0.1"),
    ],
)
def test_addresses_that_are_not_public_are_refused(address):
    assert not may_be_called(ip_address(address), ())


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_may_be_called(address):
    assert may_be_called(ip_address(address), ())


def test_an_allowed_network_opens_itself_and_nothing_beside():
    assert may_be_called(ip_address("127.0.0.1"), LOOPBACK)
    assert may_be_called(ip_address("::ffff:127.0.0.1"), LOOPBACK)
    assert not may_be_called(ip_address("10.0.0.1"), LOOPBACK)


def test_plain_http_is_for_private_networks():
    assert url_fault("http://hooks.example/", ()) == "it begins with https://."
    assert url_fault("http://hooks.example/", LOOPBACK) is None
    assert url_fault("http://127.0.0.1/", LOOPBACK) is None
    assert url_fault("http://[::ffff:127.0.0.1]/", LOOPBACK) is None
    assert url_fault("http://8.8.8.8/", LOOPBACK) == "it begins with https://."
    assert url_fault("https://hooks.example/a?b=c", ()) is None


async def call(url, private=()):
    return await OutgoingClient(private).post(url, b"{}", {})


def test_a_name_that_leads_to_a_private_address_is_refused_when_it_is_called():
    """The address is checked on connecting, so that a listener at it gets no connection."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        with pytest.raises(CallFailedError, match="not public"):
            asyncio.run(call(f"https://localhost:{port}/"))
        listener.settimeout(0)
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_literal_private_address_is_refused():
    with pytest.raises(CallFailedError, match="public"):
        asyncio.run(call("https://127.0.0.1:9/"))


def test_a_refused_connection_says_so():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    with pytest.raises(CallFailedError, match="the connection was refused"):
        asyncio.run(call(f"http://127.0.0.1:{port}/", LOOPBACK))


@given(st.floats(0, 1))
def test_tries_come_at_growing_distances_within_three_days(chance):
    delays = [retry_delay(attempts, chance) for attempts in range(1, 100)]
    assert delays == sorted(delays)
    assert timedelta(seconds=2.5) <= delays[0] <= timedelta(seconds=5)
    assert LONGEST_DELAY / 2 <= delays[-1] <= LONGEST_DELAY
    assert sum(delays[:14], timedelta()) < GIVE_UP_AFTER


@pytest.mark.parametrize(
    ("limit", "reached"),
    [
        (10, {8: [80], 10: [100]}),
        (100, {80: [80], 100: [100]}),
        (3, {3: [100]}),
        (1, {1: [100]}),
        (7, {6: [80], 7: [100]}),
        (0, {}),
    ],
)
def test_each_part_of_the_limit_is_reached_once(limit, reached):
    found = {count: thresholds_reached(count, limit) for count in range(1, limit + 20)}
    assert {count: told for count, told in found.items() if told} == reached


def test_the_command_sets_rotates_and_turns_off(tmp_path, mongodb_uri, database):
    node = Gateway(
        tmp_path / "data",
        MONGODB_URI=mongodb_uri,
        DATABASE=database.name,
        JWT_SECRET="JWT secret of the tests, 32 bytes",
        PIN_PEPPER="PIN pepper of the tests, 32 bytes",
    )
    node.command("provider", "create", "--slug", "college", "--name", "College")
    webhook = ("provider", "webhook", "college")
    url = "https://hooks.example/gateway"
    first = node.command(*webhook, "--url", url)["secret"]
    assert first.startswith("whsec_")
    shown = node.command("provider", "show", "college")
    assert shown["webhook_url"] == url
    assert first not in str(shown)
    second = node.command(*webhook, "--rotate-secret")["secret"]
    stored = database["providers"].find_one()["webhook_secrets"]
    assert [webhook["secret"] for webhook in stored] == [second, first]
    assert stored[1]["expires_at"] is not None
    for refused in (
        (*webhook, "--url", "https://127.0.0.1/"),
        ("provider", "webhook", "nobody", "--off"),
        webhook,
        (*webhook, "--off", "--rotate-secret"),
    ):
        node.command(*refused, check=False)
        assert node.command("provider", "show", "college")["webhook_url"] == url
    assert node.command(*webhook, "--off")["secret"] is None
    assert node.command("provider", "show", "college")["webhook_url"] is None
    assert (
        node.command(*webhook, "--rotate-secret", check=False)["error"]["reason"] == "webhook_off"
    )
