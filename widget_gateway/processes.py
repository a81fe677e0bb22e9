"""A gateway of several server processes: they are forked, replaced when they die, and ended."""

import contextlib
import math
import os
import selectors
import signal
import struct
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import structlog

from widget_gateway.services.metrics import forget_process

_log = structlog.get_logger(__name__)

END_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGQUIT)
"""The signals that end a gateway. They come from a service manager, from Ctrl-C or Ctrl-\\, or from
a terminal that closes."""

RESTART_PAUSE_S = 1.0
"""Seconds before a process that died is replaced, so that one that dies at once costs little."""

DRAIN_S = 25.0
"""Seconds from the signal within which a process has drained and left its database, if that
answers. The steps of a drain take 21 seconds at most, and an embedded mongod has the rest to end;
if it needs longer, it ends by itself."""

HANG_S = 28.0
"""Seconds from the signal after which a process that waits for something else hangs, and ends at
once. Nothing that was acknowledged is lost by that."""

END_WAIT_S = 29.0
"""Seconds that processes have to end before the group kills them. Operators allow the gateway 30
seconds (README.md, "How to deploy")."""

Serve = Callable[[Callable[[], None]], int]
"""Runs a server until it is told to stop, and returns its exit status. It calls its argument when
the server answers."""

_PID = struct.Struct("=i")
"""How a process writes its id into the pipe, to tell that it answers."""


@contextmanager
def ended_in_time(seconds: float = HANG_S) -> Iterator[Callable[[], None]]:
    """Yield a function that gives the rest of a `with` block so many seconds.

    If the block takes longer, the process ends with status 1, whatever it waits for: a thread, a
    database that hangs, or an event loop that is busy.
    """

    def give_up() -> None:
        _log.error("drain_given_up", seconds=seconds)
        sys.stderr.flush()
        os._exit(1)

    timer = threading.Timer(seconds, give_up)
    timer.daemon = True

    def begin() -> None:
        if timer.ident is None:  # A second signal changes nothing.
            timer.start()

    try:
        yield begin
    finally:
        timer.cancel()


class ProcessGroup:
    """Forks servers, replaces those that die, and ends all of them when it is told to.

    It forks before any event loop, thread or client exists, so that the children share nothing.
    Signals only wake its loop, which looks at the current state and does what is due. So nothing
    depends on the moment at which a signal, a death or a fork happens.
    """

    def __init__(self, serve: Serve, processes: int, end_wait_s: float = END_WAIT_S) -> None:
        self._serve = serve
        self._processes = processes
        self._end_wait_s = end_wait_s
        self._due = [0.0] * processes
        """When processes are to be forked, in seconds of the monotonic clock."""
        self._starting: set[int] = set()
        self._answering: set[int] = set()
        self._has_answered = False
        self._has_told_ready = False
        self._signals: list[int] = []
        self._kill_at: float | None = None
        """When processes that still drain are killed, in seconds of the monotonic clock; None
        while the group is not ending."""
        self._status = 0

    def run(self, on_ready: Callable[[], None]) -> int:
        """Run until a signal of END_SIGNALS; returns the exit status.

        `on_ready` is called once, when all processes answer. If a process ends by itself before
        any has ever answered, the next one would fail as well, so its status ends the group.
        A second SIGINT kills the processes that still drain.
        """
        self._alive_end, self._keep_alive_end = os.pipe()
        self._ready_end, self._tell_end = os.pipe()
        os.set_blocking(self._ready_end, False)
        with self._woken_by_signals() as wake_end, selectors.DefaultSelector() as selector:
            selector.register(wake_end, selectors.EVENT_READ)
            selector.register(self._ready_end, selectors.EVENT_READ)
            while True:
                self._hear_who_answers()
                self._bury()
                if self._signals or self._status:
                    self._end()
                    if not self._children:
                        return self._status
                else:
                    self._fork_due()
                    if len(self._answering) == self._processes and not self._has_told_ready:
                        self._has_told_ready = True
                        on_ready()
                selector.select(self._pause())
                with contextlib.suppress(BlockingIOError):
                    os.read(wake_end, 1024)

    @property
    def _children(self) -> set[int]:
        return self._starting | self._answering

    @contextmanager
    def _woken_by_signals(self) -> Iterator[int]:
        """Yield a descriptor that becomes readable when a signal has come."""
        wake_end, write_end = os.pipe()
        os.set_blocking(wake_end, False)
        os.set_blocking(write_end, False)
        signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
        for number in END_SIGNALS:
            signal.signal(number, lambda received, _frame: self._signals.append(received))
        signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
        try:
            yield wake_end
        finally:
            signal.set_wakeup_fd(-1)

    def _bury(self) -> None:
        """Take note of the processes that have ended."""
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if not pid:
                return
            self._hear_who_answers()  # It may have told that it answers just before its end.
            code = os.waitstatus_to_exitcode(status)
            self._starting.discard(pid)
            self._answering.discard(pid)
            forget_process(pid)
            if self._kill_at is not None:
                # A process that such a signal ended had not begun to serve.
                has_drained = code == 0 or -code in END_SIGNALS
                self._status = self._status or (0 if has_drained else 1)
            elif code > 0 and not self._has_answered:
                _log.error("process_not_started", pid=pid, status=code)
                self._status = code
            else:
                _log.error("process_died", pid=pid, status=code)
                self._due.append(time.monotonic() + RESTART_PAUSE_S)

    def _hear_who_answers(self) -> None:
        with contextlib.suppress(BlockingIOError):
            while told := os.read(self._ready_end, _PID.size):
                (pid,) = _PID.unpack(told)
                if pid in self._starting:
                    self._starting.discard(pid)
                    self._answering.add(pid)
                    self._has_answered = True

    def _end(self) -> None:
        """Tell all processes to end; kill those that do not."""
        now = time.monotonic()
        if self._kill_at is None:
            self._kill_at = now + self._end_wait_s
            self._send(signal.SIGTERM)
        elif now >= self._kill_at or self._signals.count(signal.SIGINT) > 1:
            self._kill_at = math.inf
            _log.error("processes_killed", pids=sorted(self._children))
            self._send(signal.SIGKILL)

    def _send(self, number: int) -> None:
        for pid in self._children:  # No other process gets the id before `_bury` has waited for it.
            os.kill(pid, number)

    def _pause(self) -> float | None:
        """Seconds until something is due; None if there is nothing to do until a signal comes."""
        if self._kill_at is not None:
            due = self._kill_at
        elif self._due:
            due = min(self._due)
        else:
            return None
        return None if due == math.inf else max(0.01, due - time.monotonic())

    def _fork_due(self) -> None:
        now = time.monotonic()
        due = [moment for moment in self._due if moment <= now]
        self._due = [moment for moment in self._due if moment > now]
        for _ in due:
            self._fork()

    def _fork(self) -> None:
        # Signals are blocked, since one that comes before the child has its own handlers is lost.
        before = signal.pthread_sigmask(signal.SIG_BLOCK, END_SIGNALS)
        pid = os.fork()
        if pid:
            self._starting.add(pid)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            return
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            for number in (*END_SIGNALS, signal.SIGCHLD):
                signal.signal(number, signal.SIG_DFL)
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            os.close(self._keep_alive_end)
            threading.Thread(target=_end_with_parent, args=(self._alive_end,), daemon=True).start()
            status = self._serve(lambda: _tell(self._tell_end))
        except Exception:  # noqa: BLE001 - it is logged, and the status tells the parent
            _log.exception("process_failed")
        finally:  # The child must not return into the code of its parent.
            sys.stderr.flush()
            os._exit(status)


def _end_with_parent(alive_end: int) -> None:
    """Wait until the parent ends, in whatever way; then send SIGTERM to this process."""
    os.read(alive_end, 1)
    os.kill(os.getpid(), signal.SIGTERM)


def _tell(tell_end: int) -> None:
    os.write(tell_end, _PID.pack(os.getpid()))
