"""A PostgreSQL server of the tests' own."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pytest

from tests.targets import PATIENCE

HOST = "127.0.0.1"
SETTINGS = ("fsync=off", f"listen_addresses={HOST}", "unix_socket_directories=")


@contextmanager
def cluster() -> Iterator[str]:
    """The SQLAlchemy URL of an empty database on a new server, for the block; skips where no server is installed."""
    programs = _programs()
    if programs is None:
        pytest.skip("There is no PostgreSQL server here, neither in /usr/lib/postgresql nor on the PATH.")
    with tempfile.TemporaryDirectory(prefix="postgresql-") as folder:
        files = _Cluster(programs, Path(folder))
        files.make()
        with files.served() as port:
            yield f"postgresql+psycopg://postgres@{HOST}:{port}/postgres"


class _Cluster:
    """The files of a server in a folder, and the programs that work on them."""

    def __init__(self, programs: Path, folder: Path) -> None:
        self._programs = programs
        self._folder = folder
        # The server refuses to be root's.
        self._user = "postgres" if hasattr(os, "geteuid") and os.geteuid() == 0 else None

    def make(self) -> None:
        """Write them."""
        if self._user:
            shutil.chown(self._folder, self._user)
        self._run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")

    @contextmanager
    def served(self) -> Iterator[int]:
        """The port of the server, as long as the block lasts."""
        port = _free_port()
        command = self._command("postgres", f"--port={port}", *(f"--{setting}" for setting in SETTINGS))
        with (self._folder / "log").open("w") as log, self._start(command, log) as server:
            try:
                self._await(port, server)
                yield port
            finally:
                self._stop(server)

    def _await(self, port: int, server: subprocess.Popen[str]) -> None:
        """Wait until the server takes connections."""
        end = time.monotonic() + PATIENCE
        probe = [str(self._programs / "pg_isready"), f"--host={HOST}", f"--port={port}", "--quiet"]
        while subprocess.run(probe, timeout=PATIENCE).returncode != 0:
            assert server.poll() is None, (self._folder / "log").read_text()
            assert time.monotonic() < end, f"PostgreSQL did not answer within {PATIENCE:g} s."
            time.sleep(0.05)

    def _stop(self, server: subprocess.Popen[str]) -> None:
        """End the process that the pid file names, which ends those that it has started."""
        try:
            self._run("pg_ctl", "stop", "--mode=immediate")
            server.wait(PATIENCE)
        finally:
            server.kill()

    def _run(self, program: str, *arguments: str) -> None:
        with self._start(self._command(program, *arguments), subprocess.PIPE) as process:
            output, _ = process.communicate(timeout=PATIENCE)
            assert process.returncode == 0, output

    def _command(self, program: str, *arguments: str) -> list[str]:
        return [str(self._programs / program), "-D", str(self._folder / "data"), *arguments]

    def _start(self, command: list[str], output: int | IO[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            command,
            cwd=self._folder,
            user=self._user,
            group=self._user,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            text=True,
        )


def _programs() -> Path | None:
    """The folder of the newest server's programs, which Debian keeps off the PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda file: int(file.parts[-3]))
    found = debian[-1] if debian else shutil.which("initdb")
    return Path(found).parent if found else None


def _free_port() -> int:
    with socket.create_server((HOST, 0)) as listener:
        return int(listener.getsockname()[1])
