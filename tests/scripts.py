"""Scripts of violations: made by a law on a broken server, run on servers that were just started."""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from contract.judge import judge
from contract.requirement import Requirement, law_of
from contract.session import Session
from contract.transport import Options
from contract.transport.opening import open_target
from contract.transport.wsgi import WsgiTarget
from contract.verdict import Result
from tests.faults.healthy import Healthy
from tests.faults.serving import served

OVER_HTTP = ("race", "wire")
LONGEST = 300.0
"""Seconds that a script may take on a busy machine."""

SHELL = ("sh",)


@dataclass(frozen=True)
class Finished:
    """What a script left."""

    exit_code: int
    output: str


def judged(entry: Requirement, server: Healthy) -> Result:
    """The result of one law: in this process where that is possible, else over HTTP."""
    if entry.topic not in OVER_HTTP:
        return judge(entry, law_of(entry), Session(WsgiTarget(server)))
    with served(server) as url, closing(Session(open_target(url, Options()))) as session:
        return judge(entry, law_of(entry), session)


def run_script(file: Path, url: str, shell: Sequence[str] = SHELL) -> Finished:
    """Run a script on the server at a URL."""
    done = subprocess.run(
        [*shell, str(file), url], capture_output=True, timeout=LONGEST, encoding="utf-8", errors="replace"
    )
    return Finished(done.returncode, done.stdout + done.stderr)


def run_on_both(text: str, faulty: Healthy, folder: Path) -> tuple[Finished, Finished]:
    """Run a script on the faulty server and on a healthy one, both just started, at the same time."""
    file = folder / "evidence.sh"
    file.write_text(text, encoding="utf-8")

    def run(server: Healthy) -> Finished:
        with served(server) as url:
            return run_script(file, url)

    with ThreadPoolExecutor(2) as pool:
        broken, mended = pool.map(run, (faulty, Healthy()))
    return broken, mended
