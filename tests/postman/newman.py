"""Postman's runner: the collection against a server."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from tests.postman.converter import TIME


@dataclass(frozen=True)
class Outcome:
    """What one run left: the exit code, and the request and the test of each failure."""

    exit_code: int
    failures: list[tuple[str, str]]


def run(commands: Path, collection: Path, url: str) -> Outcome:
    """Run a collection against the API at this URL; ``commands`` is where newman is."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        done = subprocess.run(
            [
                *(commands / "newman", "run", collection, "--env-var", f"baseUrl={url}"),
                *("--reporters", "json", "--reporter-json-export", report),
            ],
            env={name: value for name, value in os.environ.items() if not name.lower().endswith("_proxy")},
            capture_output=True,
            timeout=TIME,
        )
        failures = json.loads(report.read_text(encoding="utf-8"))["run"]["failures"]
    found = [
        (failure["source"]["name"], failure["error"]["test"]) for failure in failures if "test" in failure["error"]
    ]
    return Outcome(done.returncode, found)
