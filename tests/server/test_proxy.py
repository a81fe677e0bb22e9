"""The proxies of the crash tests: a crash test would prove nothing if its faults did not happen."""

import socket
import threading
import time
from contextlib import contextmanager

import pytest

from tests.support.proxy import Network
from tests.support.waiting import PATIENCE_S, wait_for


class Echo:
    """A server that sends back what it gets, and remembers it."""

    def __init__(self, listener) -> None:
        self.got = bytearray()
        self._listener = listener
        threading.Thread(target=self._accept, daemon=True).start()

    def _accept(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:  # The listener is closed when the test is over.
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection):
        with connection:
            try:
                while data := connection.recv(65536):
                    self.got += data
                    connection.sendall(data)
            except OSError:
                return


@pytest.fixture
def network():
    with Network() as opened:
        yield opened


@pytest.fixture(params=["unix", "tcp"])
def echo(request, tmp_path):
    """An Echo at a Unix socket and at a port."""
    if request.param == "unix":
        listener = socket.socket(socket.AF_UNIX)
        target = tmp_path / "echo.sock"
        listener.bind(str(target))
    else:
        listener = socket.create_server(("127.0.0.1", 0))
        target = f"127.0.0.1:{listener.getsockname()[1]}"
    listener.listen()
    server = Echo(listener)
    server.target = target
    yield server
    listener.shutdown(socket.SHUT_RDWR)
    listener.close()


@pytest.fixture
def proxy(network, echo):
    return network.add(echo.target)


@pytest.fixture
def link(proxy):
    """The link of the tests' connections, which are no members of a replica set."""
    return proxy.clients


@contextmanager
def connected(proxy):
    host, port = proxy.address.split(":")
    with socket.create_connection((host, int(port)), PATIENCE_S) as client:
        yield client


def receive(client, size):
    data = b""
    while len(data) < size:
        chunk = client.recv(size - len(data))
        assert chunk, f"the connection ended after {data!r}"
        data += chunk
    return data


def is_quiet(client, seconds=0.3):
    """Whether nothing comes for a while; a slow machine can't make it wrong."""
    client.settimeout(seconds)
    try:
        client.recv(1)
    except TimeoutError:
        return True
    finally:
        client.settimeout(PATIENCE_S)
    return False


def test_a_fair_network_passes_everything_on(proxy, link):
    data = bytes(range(256)) * 20_000
    with connected(proxy) as client:
        sender = threading.Thread(target=client.sendall, args=(data,))
        sender.start()
        assert receive(client, len(data)) == data
        sender.join()
        client.shutdown(socket.SHUT_WR)
        assert client.recv(1) == b""
    wait_for(lambda: not link.connections)


def test_delay_is_paid_in_both_directions_and_by_all_messages_at_once(proxy, link):
    # Paid by each message in turn, the delays would be longer than the patience.
    delay_s, messages = 1.0, 100
    assert messages * delay_s > PATIENCE_S
    with connected(proxy) as client:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        link.delay(delay_s)
        began = time.monotonic()
        for _ in range(messages):
            client.sendall(b"x")
            time.sleep(0.002)  # The pause lets the proxy read each message by itself.
        receive(client, 1)
        first_s = time.monotonic() - began
        receive(client, messages - 1)
        all_s = time.monotonic() - began
        assert first_s >= 2 * delay_s
        assert all_s < PATIENCE_S


def test_a_healed_delay_is_gone(proxy, link):
    with connected(proxy) as client:
        link.delay(3600)
        client.sendall(b"late")
        assert is_quiet(client)
        link.heal()
    with connected(proxy) as client:
        client.sendall(b"soon")
        assert receive(client, 4) == b"soon"


def test_a_cut_is_a_reset_and_new_connections_are_made(proxy, link):
    with connected(proxy) as client:
        client.sendall(b"a")
        receive(client, 1)
        link.cut()
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    with connected(proxy) as client:
        client.sendall(b"b")
        assert receive(client, 1) == b"b"


def test_refused_connections_are_reset_until_the_network_heals(proxy, link):
    link.cut(refuse=True)
    with connected(proxy) as client:
        client.sendall(b"a")
        with pytest.raises(ConnectionResetError):
            client.recv(1)
    link.heal()
    with connected(proxy) as client:
        client.sendall(b"b")
        assert receive(client, 1) == b"b"


def test_what_is_sent_into_silence_arrives_after_it_though_its_sender_has_gone(proxy, link, echo):
    with connected(proxy) as early:
        early.sendall(b"1")
        receive(early, 1)
        link.silence()
        early.sendall(b"2")
        with connected(proxy) as late:
            late.sendall(b"3")
            assert is_quiet(early)
            assert is_quiet(late)
            assert echo.got == b"1"
        link.heal()
        assert receive(early, 1) == b"2"
        wait_for(lambda: sorted(echo.got) == sorted(b"123"))


def test_one_direction_can_be_silent(proxy, link, echo):
    with connected(proxy) as client:
        link.silence(there=False)
        client.sendall(b"heard")
        wait_for(lambda: echo.got == b"heard")
        assert is_quiet(client)
        link.heal()
        assert receive(client, 5) == b"heard"


def test_a_trickle_lets_so_many_bytes_a_second_through(proxy, link):
    rate, size, large = 1_000, 500, 100_000
    assert large / rate > PATIENCE_S
    with connected(proxy) as client:
        link.trickle(rate)
        began = time.monotonic()
        client.sendall(b"x" * size)
        receive(client, size)
        took_s = time.monotonic() - began
        assert took_s >= 0.8 * size / rate
        link.heal()
        began = time.monotonic()
        client.sendall(b"x" * large)
        receive(client, large)
        assert time.monotonic() - began < PATIENCE_S


def test_members_of_a_set_are_on_a_link_of_their_own(proxy, link):
    greeting = b"... internalClient ..."
    with connected(proxy) as member, connected(proxy) as client:
        member.sendall(greeting)
        client.sendall(b"hello")
        assert receive(member, len(greeting)) == greeting
        assert receive(client, 5) == b"hello"
        proxy.members.silence()
        member.sendall(b"1")
        client.sendall(b"2")
        assert receive(client, 1) == b"2"
        assert is_quiet(member)
        link.cut()
        with pytest.raises(ConnectionResetError):
            client.recv(1)
        proxy.members.heal()
        assert receive(member, 1) == b"1"


def test_where_nobody_listens_a_connection_is_reset(network, tmp_path):
    proxy = network.add(tmp_path / "nobody.sock")
    with connected(proxy) as client:
        client.sendall(b"a")
        with pytest.raises(ConnectionResetError):
            client.recv(1)
