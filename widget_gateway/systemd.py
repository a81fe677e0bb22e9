"""What systemd and the gateway tell each other: sockets that systemd holds, and readiness.

systemd hands over open sockets with LISTEN_FDS and LISTEN_PID (sd_listen_fds(3)), and awaits a
datagram at NOTIFY_SOCKET (sd_notify(3)). Both variables are taken out of the environment, so that
no child process takes them for its own.
"""

import os
import socket
from contextlib import suppress

from widget_gateway.domain.errors import SettingsError

FIRST_DESCRIPTOR = 3
"""The number of the first socket that is handed over (SD_LISTEN_FDS_START)."""


def handed_sockets() -> list[socket.socket]:
    """Return the listening sockets that systemd handed over; none if it handed over none.

    Raises:
        SettingsError: one of them is not a TCP socket that listens.
    """
    for_process = os.environ.pop("LISTEN_PID", "")
    number = os.environ.pop("LISTEN_FDS", "")
    os.environ.pop("LISTEN_FDNAMES", None)
    if for_process != str(os.getpid()) or not number.isdecimal():
        return []
    return [_listening(FIRST_DESCRIPTOR + index) for index in range(int(number))]


def _listening(descriptor: int) -> socket.socket:
    os.set_inheritable(descriptor, False)  # noqa: FBT003 - its only form
    sock = socket.socket(fileno=descriptor)
    is_tcp = sock.family in (socket.AF_INET, socket.AF_INET6) and sock.type == socket.SOCK_STREAM
    if not is_tcp or not sock.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        sock.close()
        raise SettingsError("systemd's socket unit: each ListenStream has to be a TCP port")
    return sock


def tell_ready() -> None:
    """Tell the service manager that the gateway answers, if one waits to hear it.

    A gateway that answers goes on, even if it can't tell.
    """
    where = os.environ.pop("NOTIFY_SOCKET", "")
    if not where:
        return
    address = f"\0{where[1:]}" if where.startswith("@") else where
    with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.connect(address)
        told.sendall(b"READY=1")
