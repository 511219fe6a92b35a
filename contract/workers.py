"""One run on several processes of pytest-xdist: each hands back what it found, and the controller puts it together."""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import asdict, fields
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from types import FrameType
from typing import Any

import pytest

from contract.requirement import Requirement
from contract.signature import Signature
from contract.verdict import Result, Run, ViolationReport

INTERRUPTED = "The run was interrupted."

_INPUT, _OUTPUT = "contract processes", "contract"
_APART = {"openapi": "openapi", "race": "wire", "wire": "wire"}
"""Topics whose laws one worker judges, one after the other: they share a pass, or are not to disturb each other."""


def is_worker(config: pytest.Config) -> bool:
    """Whether this process judges for a controller."""
    return hasattr(config, "workerinput")


def report_for_duty(config: pytest.Config) -> None:
    """Tell the controller which process this is, so that it can interrupt it."""
    if is_worker(config):
        (Path(config.workerinput[_INPUT]) / str(os.getpid())).touch()  # type: ignore[attr-defined]


def is_controller(config: pytest.Config) -> bool:
    """Whether this process leaves the judging to workers."""
    return config.pluginmanager.hasplugin("dsession")


def keep_together(item: pytest.Item, entry: Requirement) -> None:
    """Tell pytest-xdist which laws one worker has to judge."""
    if entry.topic in _APART and item.config.pluginmanager.hasplugin("xdist"):
        item.add_marker(pytest.mark.xdist_group(_APART[entry.topic]))


def hand_over(config: pytest.Config, run: Run, results: Iterable[Result]) -> None:
    """Send what a worker found to its controller."""
    found = {
        "results": [as_data(result) for result in results],
        **{name: getattr(run, name) for name in ("requests", "leftovers", "stopped", "fault", "unreachable")},
    }
    config.workeroutput[_OUTPUT] = json.dumps(found)  # type: ignore[attr-defined]


def as_data(result: Result) -> dict[str, Any]:
    """A result as JSON data, from which ``result_of`` makes it again."""
    violations = [_violation_as_data(violation) for violation in result.violations]
    blocking = _violation_as_data(result.blocking) if result.blocking is not None else None
    changed = {"requirement": result.requirement.id, "violations": violations, "blocking": blocking}
    return {**_members(result), **changed}


def _violation_as_data(violation: ViolationReport) -> dict[str, Any]:
    signature = asdict(violation.signature) if violation.signature is not None else None
    return {**_members(violation), "signature": signature, "script": violation.script()}


def _members(one: Result | ViolationReport) -> dict[str, Any]:
    return {field.name: getattr(one, field.name) for field in fields(one)}


class Gathering:
    """A plugin of pytest that puts together what the workers hand over.

    Their results are appended to ``results``; the rest goes into ``run``.
    """

    def __init__(self, run: Run, results: list[Result], entries: Sequence[Requirement]) -> None:
        self._run = run
        self._results = results
        self._entries = {entry.id: entry for entry in entries}
        self._folder: TemporaryDirectory[str] | None = None
        self._done: list[object] = []

    @pytest.hookimpl(wrapper=True)
    def pytest_runtestloop(self, session: pytest.Session) -> Generator[None, object, object]:
        if not is_controller(session.config) or threading.current_thread() is not threading.main_thread():
            return (yield)
        previous = signal.signal(signal.SIGINT, self._interrupt)
        try:
            return (yield)
        finally:
            signal.signal(signal.SIGINT, previous)

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        """Let the workers end, which remove what they created; a second interrupt does not wait for that."""
        if self._run.stopped is not None:
            raise KeyboardInterrupt
        self._run.stopped = INTERRUPTED
        if self._folder is None or sys.platform == "win32":
            return
        for file in Path(self._folder.name).iterdir():
            with suppress(ProcessLookupError):
                os.kill(int(file.name), signal.SIGINT)

    @pytest.hookimpl(optionalhook=True)
    def pytest_configure_node(self, node: Any) -> None:
        self._folder = self._folder or TemporaryDirectory(prefix="task-contract-")
        node.workerinput[_INPUT] = self._folder.name

    def pytest_unconfigure(self) -> None:
        if self._folder is not None:
            self._folder.cleanup()

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any, error: object) -> None:
        if any(node is done for done in self._done):
            return
        self._done.append(node)
        output = getattr(node, "workeroutput", {}).get(_OUTPUT)
        if output is not None:
            self.add(json.loads(output))
        elif self._run.stopped is None:
            self._run.fault = "A worker of the run ended before it could say what it found."

    def add(self, found: Mapping[str, Any]) -> None:
        """Put what one worker found to the rest."""
        run = self._run
        self._results += [result_of(entry, self._entries) for entry in found["results"]]
        run.requests += found["requests"]
        run.leftovers = tuple(sorted({*run.leftovers, *found["leftovers"]}))
        run.stopped = run.stopped or found["stopped"]
        run.fault = run.fault or found["fault"]
        run.unreachable = run.unreachable or found["unreachable"]


def result_of(found: Mapping[str, Any], entries: Mapping[str, Requirement]) -> Result:
    """The result that ``as_data`` made data of; ``entries`` are the requirements by id."""
    violations = tuple(_violation(one) for one in found["violations"])
    blocking = _violation(found["blocking"]) if found["blocking"] is not None else None
    requirement = entries[found["requirement"]]
    return Result(**{**found, "requirement": requirement, "violations": violations, "blocking": blocking})


def _violation(found: dict[str, Any]) -> ViolationReport:
    signature = Signature(**found["signature"]) if found["signature"] is not None else None
    script = partial(str, found["script"])
    return ViolationReport(**{**found, "curl": tuple(found["curl"]), "signature": signature, "script": script})
