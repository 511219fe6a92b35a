"""What a run costs and finds, over HTTP and in process, beside plain ``schemathesis run`` on the same servers.

``tox -e benchmark`` writes the table; ``--every N`` takes each Nth fault.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from contract.document import document_file
from tests.faults import all_faults

ROOT = Path(__file__).parent.parent.parent
COMMANDS = Path(sys.executable).parent
PATIENCE = 300
ROUNDS = 3


@dataclass(frozen=True)
class Cost:
    """One run: seconds of the whole process, requests sent, and what it complained about."""

    seconds: float
    requests: int
    complaints: frozenset[tuple[str, str]]


@contextmanager
def served(name: str) -> Iterator[str]:
    """The URL of a fault (or of the healthy server) in a process of its own."""
    command = [sys.executable, "-m", "tests.faults", name]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        assert process.stdout is not None
        yield process.stdout.readline().removeprefix("Listening on ").strip()
    finally:
        process.kill()
        process.communicate()


def over_http(name: str, module: str) -> Cost:
    """A full run over HTTP."""
    with served(name) as url:
        return _suite(url)


def in_process(name: str, module: str) -> Cost:
    """A full run in process."""
    return _suite(f"wsgi:{module}:{name}()")


def plain_schemathesis(name: str, module: str) -> Cost:
    """``schemathesis run`` as it comes, with a fixed seed."""
    with served(name) as url, tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.json"
        report = ["--report=json", f"--report-json-path={file}"]
        command = ["schemathesis", "run", str(document_file()), "--url", url, "--seed=1", *report]
        seconds = _run(command, Path(folder))
        found = json.loads(file.read_text())
    complaints = {(failure["type"], str(label)) for failure in found["failures"] for label in failure["operations"]}
    return Cost(seconds, found["test_cases"]["generated"], frozenset(complaints))


def _suite(target: str) -> Cost:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "report.json"
        seconds = _run(["task-contract", "run", target, f"--report-json={file}"], ROOT)
        report = json.loads(file.read_text())
    broken = {(entry["id"], "") for entry in report["requirements"] if entry["status"] in ("fail", "warn")}
    return Cost(seconds, report["requests"], frozenset(broken))


def _run(command: list[str], folder: Path) -> float:
    started = time.perf_counter()
    program = [str(COMMANDS / command[0]), *command[1:]]
    subprocess.run(program, cwd=folder, capture_output=True, timeout=PATIENCE, check=False)
    return time.perf_counter() - started


TOOLS: dict[str, Callable[[str, str], Cost]] = {
    "this suite, over HTTP": over_http,
    "this suite, in process": in_process,
    "plain schemathesis run": plain_schemathesis,
}


def measure(every: int) -> str:
    """The table as Markdown."""
    rounds = [[tool("Healthy", "tests.faults.healthy") for tool in TOOLS.values()] for _ in range(ROUNDS)]
    faults = all_faults()[::every]
    lines = [f"| tool | seconds | requests | faults found of {len(faults)} |", "|---|---|---|---|"]
    for number, (title, tool) in enumerate(TOOLS.items()):
        healthy = [costs[number] for costs in rounds]
        usual = frozenset().union(*(cost.complaints for cost in healthy))
        with ThreadPoolExecutor(2) as pool:
            costs = pool.map(tool, [f.__name__ for f in faults], [f.__module__ for f in faults])
            found = sum(bool(cost.complaints - usual) for cost in costs)
        seconds, requests = median(cost.seconds for cost in healthy), median(cost.requests for cost in healthy)
        lines.append(f"| {title} | {seconds:.1f} | {requests:g} | {found} |")
    return "\n".join(lines) + "\n"


def main() -> int:
    """Print the table, and write it where ``--write`` says."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks.finding")
    parser.add_argument("--every", type=int, default=1, metavar="N", help="take each Nth fault")
    parser.add_argument("--write", type=Path, metavar="FILE", help="write the table here too")
    options = parser.parse_args()
    table = measure(options.every)
    print(table)
    if options.write is not None:
        options.write.write_text(f"# What a run costs and finds\n\n{table}", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
