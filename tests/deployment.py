"""Applications of other frameworks and languages, installed and started as their READMEs say."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from urllib.error import HTTPError
from urllib.request import ProxyHandler, build_opener

from contract.launch import PORT
from tests.targets import PATIENCE, dead_port

INSTALLING = 10 * PATIENCE
"""Seconds that installing may take, which is waiting for a registry or a compiler."""

Words = tuple[str, ...]

VENV: tuple[Words, ...] = (
    (sys.executable, "-m", "venv", ".venv"),
    ("{python}", "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", "requirements.txt"),
)
NPM: tuple[Words, ...] = (("npm", "ci", "--no-audit", "--no-fund"),)


@dataclass(frozen=True)
class Application:
    """An application: the runtime that it needs, and the commands that install, prepare and start it.

    In commands and variables ``{python}`` stands for the Python of its environment, ``{port}`` for the port, ``{data}``
    for where its tasks are kept.
    """

    folder: Path
    install: tuple[Words, ...]
    start: Words
    prepare: tuple[Words, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    runtime: str = sys.executable

    @property
    def name(self) -> str:
        """The name of its folder."""
        return self.folder.name

    @property
    def is_possible(self) -> bool:
        """Whether its runtime is there."""
        return shutil.which(self.runtime) is not None

    def installed(self, place: Path) -> Path:
        """A copy of the application at a place, with what it needs."""
        copy = place / self.name
        shutil.copytree(self.folder, copy, ignore=shutil.ignore_patterns("node_modules", "__pycache__"))
        for command in self.install:
            self._run(command, copy)
        return copy

    @contextmanager
    def started(self, copy: Path, data: str = "") -> Iterator[str]:
        """The URL of the application on this data, as long as the block lasts; it has data of its own without any."""
        port = dead_port()
        log = copy / "server.log"
        for command in self.prepare:
            self._run(command, copy, port, data)
        with (
            log.open("w") as output,
            subprocess.Popen(
                _filled(self.start, copy, port, data),
                cwd=copy,
                env=self._environment(copy, port, data),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
            ) as process,
        ):
            try:
                _await_answer(f"http://127.0.0.1:{port}/tasks", process, log)
                yield f"http://127.0.0.1:{port}"
            finally:
                process.kill()

    def command(self, copy: Path, data: str) -> str:
        """What ``--command`` of the suite takes to start it on this data, on a port that the suite chooses."""
        for command in self.prepare:
            self._run(command, copy, data=data)
        own = zip(self.variables, _filled(tuple(self.variables.values()), copy, PORT, data), strict=True)
        return shlex.join(["env", *map("=".join, own), *_filled(self.start, copy, PORT, data)])

    def _run(self, command: Words, copy: Path, port: int = 0, data: str = "") -> None:
        done = subprocess.run(
            _filled(command, copy, port, data),
            cwd=copy,
            env=self._environment(copy, port, data),
            capture_output=True,
            text=True,
            timeout=INSTALLING,
        )
        assert done.returncode == 0, f"{command}: {done.stdout}{done.stderr}"

    def _environment(self, copy: Path, port: int, data: str) -> dict[str, str]:
        """The environment without what configures another Python or Django, and with the application's variables."""
        foreign = ("PYTHON", "DJANGO_", "VIRTUAL_ENV")
        kept = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
        own = zip(self.variables, _filled(tuple(self.variables.values()), copy, port, data), strict=True)
        return {**kept, **dict(own)}


def _filled(words: Words, copy: Path, port: int | str, data: str) -> list[str]:
    python = copy / ".venv" / ("Scripts" if os.name == "nt" else "bin") / "python"
    return [word.format(python=python, port=port, data=data) for word in words]


def _await_answer(url: str, process: subprocess.Popen[bytes], log: Path) -> None:
    opener = build_opener(ProxyHandler({}))
    deadline = time.monotonic() + PATIENCE
    while process.poll() is None and time.monotonic() < deadline:
        with suppress(HTTPError, OSError):
            opener.open(url, timeout=PATIENCE).close()
            return
        time.sleep(0.1)
    raise AssertionError(f"{url} does not answer: {log.read_text()}")
