"""The suite as the killer: judges one mutant in a process and a folder of its own, which both are gone afterwards."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

from contract.requirement import catalogue
from contract.verdict import UNREACHABLE
from tests.mutation.making import PACKAGE
from tests.mutation.mutant import Mutant, Outcome

TARGET = "wsgi:reference_app:create_app()"
BUDGET = 80
"""Seconds after which a run ends by itself; it needs far fewer."""

PATIENCE = 100
"""Seconds after which a run is ended, since the mutant hangs."""

_REPORT = "report.json"
_SHOULD = ",".join(entry.id for entry in catalogue() if entry.level == "SHOULD")

# The first law that is not met ends this run.
_IN_PROCESS = (
    *("pytest", "--exitfirst", "--quiet", "--noconftest", "-pno:cacheprovider", "--config-file=pytest.ini"),
    *("-pcontract.plugin", "--pyargs", "contract.laws"),
    *(f"--contract-target={TARGET}", "--contract-skip=openapi", f"--contract-max-time={BUDGET}"),
)
_REPORTED = ("contract.cli", "run", f"--max-time={BUDGET}", f"--report-json={_REPORT}")
# What takes longest, what does not fail that run, and what takes a socket: against the server that is in the folder.
_OF_SURVIVORS = (
    (*_REPORTED, TARGET, "--only", f"openapi,{_SHOULD}"),
    (*_REPORTED, "--only", "wire"),
)


def judge(mutant: Mutant | None) -> Outcome:
    """Judge a mutant, or the original. It survives if no requirement, a SHOULD included, is found broken."""
    with TemporaryDirectory(prefix="mutant-") as name:
        folder = Path(name)
        _build(folder, mutant)
        try:
            survived = _run(folder, _IN_PROCESS) == 0 and not any(_is_broken(folder, run) for run in _OF_SURVIVORS)
        except subprocess.TimeoutExpired:
            return "timed out"
    return "survived" if survived else "killed"


def _is_broken(folder: Path, run: Sequence[str]) -> bool:
    if _run(folder, run) == UNREACHABLE:
        return True
    requirements = json.loads((folder / _REPORT).read_text(encoding="utf-8"))["requirements"]
    # A machine that is busy makes some of them inconclusive.
    return any(entry["status"] in ("fail", "warn", "blocked", "error") for entry in requirements)


def _build(folder: Path, mutant: Mutant | None) -> None:
    package = folder / PACKAGE.name
    shutil.copytree(PACKAGE, package, ignore=shutil.ignore_patterns("__pycache__"))
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    if mutant is not None:
        (package / f"{mutant.module}.py").write_text(mutant.source, encoding="utf-8")


def _run(folder: Path, module: Sequence[str]) -> int:
    """The exit code of a module that runs in the folder."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "PYTHON"))}
    environment |= {"PYTHONPATH": str(folder), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    command = [sys.executable, "-m", *module]
    ended = subprocess.run(command, cwd=folder, env=environment, capture_output=True, timeout=PATIENCE, check=False)
    return ended.returncode
