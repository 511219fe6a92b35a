"""A server that the suite starts itself, by a command, on a free port and with an empty data folder."""

from __future__ import annotations

import os
import random
import shlex
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

PORT, DATA = "{port}", "{data}"
"""What stands for the port and for the folder of the data in a command and in a target."""

START_TIME = 30.0
"""Seconds that a server may take to its first answer."""

STOP_TIME = 5.0
"""Seconds that a server may take to end when it is asked to."""

_PAUSE = 0.02
_LINES = 12
_LOOPBACK = "127.0.0.1"
_PORTS = range(20_000, 32_000)


def can_judge_two() -> bool:
    """Whether this system can judge two copies of a server at the same time: it forks, and has two processors."""
    # On macOS, libraries of the system may crash in a process that was forked.
    return hasattr(os, "fork") and sys.platform != "darwin" and (os.cpu_count() or 1) > 1


class NotStarted(Exception):
    """The command did not bring up a server that answers."""


class BadCommand(ValueError):
    """A command is not what it must be."""


class LaunchedServer:
    """The server of a command: started, killed and started again on the same port and data, and ended in the end.

    It has a session of its own, so that Ctrl-C reaches the run alone, and every process that it started is ended with
    it. Raises ``BadCommand`` where the command has no words or does not say where its port goes.
    """

    def __init__(self, command: str, target: str | None = None, patience: float = START_TIME) -> None:
        try:
            words = shlex.split(command, posix=os.name != "nt")
        except ValueError as error:
            raise BadCommand(f"{command!r} is no command: {str(error).lower()}.") from None
        if not words:
            raise BadCommand(f"{command!r} is no command; write a program and its arguments.")
        if PORT not in command and (target is None or PORT in target):
            raise BadCommand(f"{command!r} does not say where the port goes; write {PORT} there.")
        if target is not None and target.startswith("wsgi:"):
            raise BadCommand(f"{target!r} runs in process; a command starts a server with a URL.")
        self.port = _free_port()
        self.url = (target or f"http://{_LOOPBACK}:{PORT}").replace(PORT, str(self.port))
        self._patience = patience
        self._folder = tempfile.TemporaryDirectory(prefix="task-contract-", ignore_cleanup_errors=True)
        self._log = Path(self._folder.name) / "output.txt"
        data = Path(self._folder.name) / "data"
        data.mkdir()
        self.words = [word.replace(PORT, str(self.port)).replace(DATA, str(data)) for word in words]
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it, unless it runs; raises ``NotStarted`` where there is no such program."""
        if self._process is not None and self._process.poll() is None:
            return
        with self._log.open("ab") as output:
            try:
                self._process = subprocess.Popen(
                    self.words,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=output,
                    start_new_session=True,
                )
            except OSError as error:
                raise NotStarted(f"{self.words[0]!r} cannot be started: {error.strerror}.") from None

    def wait_for(self, answers: Callable[[], bool]) -> None:
        """Wait until ``answers`` is true; raises ``NotStarted`` where the process ends before, or the time is over."""
        deadline = time.monotonic() + self._patience
        while not answers():
            code = self._process.poll() if self._process is not None else None
            if code is not None:
                raise NotStarted(f"The command ended with exit code {code} before it answered{self._output()}")
            if time.monotonic() >= deadline:
                raise NotStarted(f"The command did not answer within {self._patience:g} seconds{self._output()}")
            time.sleep(_PAUSE)

    def kill(self) -> None:
        """End it at once, without a word to it."""
        self._end(force=True)

    def stop(self) -> None:
        """Ask it to end, and wait for that; what does not end in time is killed."""
        self._end(force=False)
        self._end(force=True)

    def close(self) -> None:
        """End it, and remove its folder."""
        self.stop()
        self._folder.cleanup()

    def _end(self, *, force: bool) -> None:
        process = self._process
        if process is None:
            return
        _signal(process, force=force)
        try:
            process.wait(STOP_TIME)
        except subprocess.TimeoutExpired:
            return
        if force:
            self._process = None
            self._await_silence()

    def _await_silence(self) -> None:
        """Wait until no process that it started listens any more."""
        deadline = time.monotonic() + STOP_TIME
        while time.monotonic() < deadline:
            try:
                socket.create_connection((_LOOPBACK, self.port), timeout=STOP_TIME).close()
            except OSError:
                return
            time.sleep(_PAUSE)

    def _output(self) -> str:
        """What it printed last, as the end of a sentence."""
        with self._log.open(encoding="utf-8", errors="replace") as lines:
            last = " | ".join(line.strip() for line in deque(lines, _LINES) if line.strip())
        return f": {last[-600:]}" if last else "; it printed nothing."


def _signal(process: subprocess.Popen[bytes], *, force: bool) -> None:
    """Signal the process and those that it started; where there are no groups of processes, itself alone."""
    if os.name == "nt":
        process.kill() if force else process.terminate()
        return
    try:
        os.killpg(process.pid, signal.SIGKILL if force else signal.SIGTERM)
    except (ProcessLookupError, PermissionError):
        """All of them have ended."""


def _free_port() -> int:
    """A port that nobody listens on, below those that systems give to clients, which come and go while it is down."""
    for port in random.SystemRandom().sample(_PORTS, len(_PORTS)):
        with socket.socket() as probe, suppress(OSError):
            probe.bind((_LOOPBACK, port))
            return port
    raise NotStarted(f"No port from {_PORTS[0]} to {_PORTS[-1]} is free.")
