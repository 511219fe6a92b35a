"""The GitHub action of this repository, its scripts run as a runner runs them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from tests.targets import ROOT

ACTION: dict[str, Any] = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
STEPS: list[dict[str, Any]] = ACTION["runs"]["steps"]


@dataclass(frozen=True)
class Ran:
    """A step that has run: its exit code, what it printed, and the files that a runner reads."""

    exit_code: int
    stdout: str
    stderr: str
    outputs: dict[str, str]
    summary: str


def run_step(id: str, folder: Path, **variables: str) -> Ran:
    """Run the script of a step in the folder, where each of its variables that is not given is empty."""
    step = next(step for step in STEPS if step.get("id") == id)
    temporary, script = folder / "temp", folder / "script.sh"
    temporary.mkdir(exist_ok=True)
    script.write_text(step["run"], encoding="utf-8")
    files = {name: folder / name for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY")}
    for file in files.values():
        file.write_text("")
    environment: Mapping[str, str] = {
        **os.environ,
        **dict.fromkeys(step["env"], ""),
        **{name: str(file) for name, file in files.items()},
        "RUNNER_TEMP": str(temporary),
        **variables,
    }
    done = subprocess.run(
        ["bash", "--noprofile", "--norc", "-eo", "pipefail", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    lines = files["GITHUB_OUTPUT"].read_text().splitlines()
    return Ran(
        done.returncode,
        done.stdout,
        done.stderr,
        dict(line.split("=", 1) for line in lines),
        files["GITHUB_STEP_SUMMARY"].read_text(encoding="utf-8"),
    )
