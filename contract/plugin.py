"""The pytest plugin that runs the laws: options, the ``api`` fixture, and one result for every requirement.

Ask for it by name: ``pytest -p contract.plugin --pyargs contract.laws --contract-target URL``.
"""

from __future__ import annotations

import inspect
import signal
import tempfile
import threading
import time
from collections.abc import Iterator
from fnmatch import fnmatch
from functools import partial
from pathlib import Path
from types import FrameType
from typing import Any

import hypothesis.configuration
import pytest

import contract.laws
from contract import explore, ladder, workers
from contract.ahead import Ahead
from contract.api import Api
from contract.baseline import BadBaseline, write_updated
from contract.copies import Copy, is_judged_there
from contract.crash import answers
from contract.expect import Stopped
from contract.judge import contradicted, judge
from contract.lanes import LOOKS_BACK, Lanes, is_judged_apart, is_slow
from contract.launch import BadCommand, NotStarted
from contract.order import FIRST, judging_order
from contract.report.text import report_lines, violation_lines
from contract.requirement import (
    Requirement,
    UnknownSelector,
    UnknownVersion,
    catalogue,
    import_laws,
    law_of,
    of_version,
    select,
)
from contract.rounds import Rounds
from contract.session import Session, Unreachable
from contract.settings import (
    add_options,
    baseline_of,
    copied_server,
    copied_session,
    launched_server,
    seconds_to_explore,
    session_of,
    target_of,
)
from contract.tasks import COLLECTION
from contract.transport.opening import BadTarget
from contract.transport.wsgi import BadApplication
from contract.verdict import NOT_SELECTED, Result, Run, complete

GREETING_TIME = 15.0
"""Seconds that a target may take for its first answer."""

_AT_ONCE = 0.5
"""Seconds in which several interrupts are one."""


_LAWS = Path(contract.laws.__file__ or "").parent


def _is_collected(file: Path, config: pytest.Config) -> bool:
    return any(fnmatch(file.name, pattern) for pattern in config.getini("python_files"))


class _NotPassed(Exception):
    """A requirement was not met or not judged; the text is what pytest prints."""


class _Law(pytest.Function):
    """A law, of which no source is shown: what it found says more."""

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException]) -> Any:  # type: ignore[override]
        # Besides, CPython 3.11 may fail to parse the source while it collects garbage (gh-106905).
        return str(excinfo.value) if isinstance(excinfo.value, _NotPassed) else super().repr_failure(excinfo)


def pytest_addoption(parser: pytest.Parser) -> None:
    add_options(parser)


def pytest_configure(config: pytest.Config) -> None:
    # Hypothesis keeps tables of characters in its home; the folder that the user stands in is not ours to write to.
    if config.getoption("contract_target") is not None or config.getoption("contract_command") is not None:
        hypothesis.configuration.set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "task-contract-hypothesis")
        config.pluginmanager.register(Judge(config), JUDGE)


JUDGE = "contract-judge"


class Judge:
    """Judges the laws that pytest collects and keeps what was found in ``run``."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._started = time.monotonic()
        option = config.getoption
        import_laws()
        self.entries = catalogue()
        self._results: list[Result] = []
        self._previous_handlers: dict[int, Any] = {}
        self._interrupted_at = 0.0
        self._lanes: Lanes | None = None
        self._copy: Copy | None = None
        self._ahead: Ahead | None = None
        self.goes_step_by_step: bool = option("contract_next")
        try:
            pinned = of_version(self.entries, option("contract_version"))
            self.selected = select(pinned, option("contract_only"), option("contract_skip"))
            if self.goes_step_by_step:
                self.selected = ladder.rungs(self.selected)
            self._server = launched_server(config)
            self.session = session_of(config, self._server)
            self._second_server = copied_server(config)
            self._second = copied_session(config, self._second_server)
            self.baseline = baseline_of(config, [entry.id for entry in self.entries])
        except (
            *(BadBaseline, UnknownVersion, UnknownSelector, explore.BadOption),
            *(BadTarget, BadApplication, BadCommand, NotStarted),
        ) as error:
            raise pytest.UsageError(str(error)) from None
        in_process = self.session.target.in_process
        selection = len(self.selected) < len(pinned) or self.session.guest.is_restrained
        self.run = Run(
            target=target_of(config, self._server),
            scope="in-process" if in_process else "selection" if selection else "full",
            contract_version=option("contract_version"),
            seed=self.session.exploration.seed,
        )
        seconds = seconds_to_explore(config)
        if seconds:
            rounds = Rounds(seconds, self.session, self._results, self._stop)
            config.pluginmanager.register(rounds)
        config.pluginmanager.register(workers.Gathering(self.run, self._results, self.entries))

    def _stop(self, reason: str) -> None:
        self.run.stopped = reason

    @property
    def latest(self) -> Result | None:
        """The result of the law that was judged last."""
        is_last = self._results and not workers.is_controller(self._config)
        return self._results[-1] if is_last else None

    @pytest.fixture
    def api(self) -> Api:
        """The API under test, for one law."""
        return Api(self.session)

    def pytest_collect_file(self, file_path: Path, parent: pytest.Collector) -> pytest.Module | None:
        # A project may have names of its own for tests; the laws keep theirs.
        is_law = file_path.parent == _LAWS and file_path.name.startswith("test_")
        if not is_law or _is_collected(file_path, parent.config):
            return None
        module: pytest.Module = pytest.Module.from_parent(parent, path=file_path)
        return module

    def pytest_pycollect_makeitem(self, collector: Any, name: str, obj: object) -> pytest.Function | None:
        if isinstance(getattr(obj, "requirement", None), Requirement) and inspect.isfunction(obj):
            function: pytest.Function = _Law.from_parent(collector, name=name)
            return function
        return None

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        ordered = self.selected if self.goes_step_by_step else judging_order(self.selected)
        wanted = {entry.id: position for position, entry in enumerate(ordered)}
        laws = [item for item in items if requirement_of(item) is not None]
        chosen = [item for item in laws if _id(item) in wanted]
        dropped = [item for item in laws if _id(item) not in wanted]
        if dropped:
            config.hook.pytest_deselected(items=dropped)
        chosen.sort(key=lambda item: wanted[_id(item)])
        for item in chosen:
            workers.keep_together(item, ordered[wanted[_id(item)]])
        items[:] = [item for item in items if requirement_of(item) is None] + chosen

    def pytest_runtestloop(self, session: pytest.Session) -> None:
        if not any(requirement_of(item) for item in session.items):
            return
        if threading.current_thread() is threading.main_thread():
            for number in (signal.SIGINT, signal.SIGTERM):
                self._previous_handlers[number] = signal.signal(number, self._interrupt)
            workers.report_for_duty(session.config)
        try:
            self._await_servers()
        except (NotStarted, Unreachable, Stopped) as error:
            self.run.unreachable = str(error)
            raise session.Failed(str(error)) from None
        laws = [(entry, item.obj) for item in session.items if (entry := requirement_of(item))]  # type: ignore[attr-defined]
        if not self.session.target.in_process and not self.goes_step_by_step and is_slow(self.session):
            self._lanes, is_later = Lanes(self.session, laws), is_judged_apart
        elif self._second is not None:
            self._copy, is_later = Copy(self._second, laws, self.session.target.url, _clean_up), is_judged_there
        else:
            return
        session.items.sort(key=lambda item: (entry := requirement_of(item)) is not None and is_later(entry))

    def _await_servers(self) -> None:
        """Start each server that is ours to start, and wait for its first answer.

        Raises ``NotStarted``, ``Unreachable`` or ``Stopped``.
        """
        there = ((self._server, self.session), (self._second_server, self._second))
        for server, _ in there:
            if server is not None:
                server.start()
        for server, session in there:
            if session is None:
                continue
            if server is not None:
                server.wait_for(partial(_answers, session))
            session.greet(COLLECTION, min(GREETING_TIME, self._config.getoption("contract_timeout")))
        if self._second is not None:
            self._second.close()  # the process that goes on with it opens connections of its own

    @pytest.hookimpl(tryfirst=True)
    def pytest_pyfunc_call(self, pyfuncitem: pytest.Function) -> bool | None:
        entry = requirement_of(pyfuncitem)
        if entry is None:
            return None
        self._prepare_ahead(entry)
        try:
            beside = self._lanes or self._copy
            ahead = beside.result(entry) if beside is not None else None
            result = self.baseline.applied(ahead or judge(entry, pyfuncitem.obj, self.session))
            self._results.append(result)
            if self.goes_step_by_step and ladder.is_unmet(result):
                self._results += ladder.causes(result, self.entries, self._results, self.session)
                self.run.stopped = pyfuncitem.session.shouldstop = ladder.ENDED
        except Stopped as stopped:
            self.run.stopped = str(stopped)
            pyfuncitem.session.shouldstop = str(stopped)
            raise _NotPassed(str(stopped)) from None
        if result.status == "skipped":
            pytest.skip(result.reason or "")
        if result.status not in ("pass", "warn", "known") or not self.baseline.is_true(result):
            raise _NotPassed("\n".join(violation_lines(result)))
        return True

    def _prepare_ahead(self, entry: Requirement) -> None:
        """Begin to prepare what openapi.* need once the first laws are over, and wait for it before these.

        Races are not to be disturbed by it.
        """
        is_judged_beside = self._lanes is not None or self._copy is not None
        is_time = self._ahead is None and not is_judged_beside and entry.id not in FIRST
        if is_time and any(one.topic == "openapi" for one in self.selected):
            self._ahead = Ahead("contract.generated")
        if self._ahead is not None and entry.topic in ("openapi", "race"):
            self._ahead.wait()

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session, exitstatus: int) -> None:
        if exitstatus == pytest.ExitCode.INTERNAL_ERROR:
            self.run.fault = "The suite itself failed."
        if self.session.interrupted:
            self.pytest_keyboard_interrupt()
        if self._lanes is not None:
            self._lanes.close()
        if self._copy is not None:
            self._end_copy(self._copy)
        if workers.is_controller(self._config):
            self._end(session)
            return
        if self.run.unreachable is None:
            self._look_for_contradictions()
        sessions = [self.session, *(self._lanes.sessions if self._lanes is not None else ())]
        if self.run.unreachable is None:
            self.session.grant_clean_up(sum(one.ledger.alive.total() for one in sessions))
            for one in sessions:
                _clean_up(one)
        left_over = {id for one in sessions for id in one.ledger.left_over}
        self.run.leftovers = tuple(sorted(left_over.union(self.run.leftovers)))
        self.run.requests += self.session.requests_of_the_run
        if session.shouldstop and self.run.stopped is None:
            self.run.stopped = str(session.shouldstop)
        if workers.is_worker(self._config):
            workers.hand_over(self._config, self.run, self._results)
        self._end(session)

    def _end_copy(self, copy: Copy) -> None:
        """Take over what the process on the second copy leaves at its end."""
        end = copy.end()
        self.run.fault = self.run.fault or end.fault
        self.run.requests, self.run.leftovers = end.requests, tuple(end.leftovers)
        self.session.incidents += end.incidents

    def _end(self, session: pytest.Session) -> None:
        self.run.seconds = round(time.monotonic() - self._started, 3)
        for number, handler in self._previous_handlers.items():
            signal.signal(number, handler)
        self._conclude()

    def _look_for_contradictions(self) -> None:
        try:
            if self._copy is not None:
                self._look_back()
            self._results[:] = contradicted(self._results, self.session)
        except (Stopped, KeyboardInterrupt):
            """The results stay as they are."""

    def _look_back(self) -> None:
        """Judge the law that looks back on all others again, where those on the second copy left it something."""
        for number, result in enumerate(self._results):
            entry = result.requirement
            if entry.id == LOOKS_BACK and result.status == "pass" and self.session.incidents:
                self._results[number] = judge(entry, law_of(entry), self.session)

    def pytest_keyboard_interrupt(self) -> None:
        # pytest ends a run that shall stop in the same way.
        self.run.stopped = self.run.stopped or workers.INTERRUPTED

    def _interrupt(self, number: int, frame: FrameType | None) -> None:
        # A terminal interrupts the workers of a run, and so does their controller.
        if self.session.interrupted and time.monotonic() - self._interrupted_at > _AT_ONCE:
            raise KeyboardInterrupt
        if not self.session.interrupted:
            self.session.interrupted, self._interrupted_at = True, time.monotonic()
            if self._copy is not None:
                self._copy.interrupt()

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        terminalreporter.section("task contract")
        for line in self.report_lines():
            terminalreporter.write_line(line)

    def report_lines(self, width: int | None = None) -> Iterator[str]:
        """What a reader wants to know in the end; lines that may be cut are cut at ``width`` columns."""
        return ladder.next_lines(self.run) if self.goes_step_by_step else report_lines(self.run, width)

    def _conclude(self) -> None:
        chosen = {entry.id for entry in self.selected} | {result.requirement.id for result in self._results}
        reason = self.run.unreachable or self.run.fault or self.run.stopped or "it was not judged"
        for entry in self.entries:
            if entry.id not in chosen:
                self._results.append(Result(entry, "skipped", self._reason_to_leave_out(entry)))
        results = complete(self._results, self.entries, reason)
        self.run.results = [self.baseline.applied(result) for result in results]
        if self._config.getoption("contract_baseline") is not None:
            self.run.baseline = self.baseline.account(results)
        file = self._config.getoption("contract_write_baseline")
        if file is not None:
            self._write_baseline(file)

    def _write_baseline(self, file: Path) -> None:
        try:
            self.run.notes = (write_updated(file, self.run),)
        except (BadBaseline, OSError) as error:
            self.run.fault = f"{file} could not be written: {error}"

    def _reason_to_leave_out(self, entry: Requirement) -> str:
        is_newer = not of_version([entry], self.run.contract_version)
        return f"it is new in version {entry.since} of the contract" if is_newer else NOT_SELECTED


def _answers(session: Session) -> bool:
    return answers(Api(session))


def _clean_up(session: Session) -> None:
    try:
        Api(session).clean_up()
    except (Stopped, KeyboardInterrupt):
        """What is still alive is reported as left over."""
    session.close()


def requirement_of(item: pytest.Item) -> Requirement | None:
    """The requirement that an item's law judges, ``None`` where the item is no law."""
    entry = getattr(getattr(item, "obj", None), "requirement", None)
    return entry if isinstance(entry, Requirement) and inspect.isfunction(getattr(item, "obj", None)) else None


def _id(item: pytest.Item) -> str:
    entry = requirement_of(item)
    return entry.id if entry else ""
