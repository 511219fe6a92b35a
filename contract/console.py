"""What a run of the command prints while it goes on and at its end, in place of pytest's own terminal."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections import Counter
from typing import TextIO

import pytest

from contract.plugin import JUDGE, Judge, requirement_of
from contract.verdict import Result, Run

_CLEAR = "\r\x1b[K"
_COLOURS = {
    "fail": 31,
    "error": 31,
    "warn": 33,
    "known": 33,
    "inconclusive": 33,
    "blocked": 33,
    "pass": 32,
    "skipped": 2,
}
_STATUS = re.compile(rf"^({'|'.join(_COLOURS)})(?= )", re.IGNORECASE)


class Console:
    """Prints one line that changes where it is seen on a terminal, a plain line for each requirement elsewhere."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stdout
        self._live = self._stream.isatty()
        self._coloured = self._live and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"
        self._judge: Judge | None = None
        self._seen: Counter[str] = Counter()
        self._latest: Result | None = None
        self.run: Run | None = None

    def pytest_sessionstart(self, session: pytest.Session) -> None:
        judge = session.config.pluginmanager.get_plugin(JUDGE)
        self._judge = judge if isinstance(judge, Judge) else None
        if self._judge is not None and self._judge.run.seed:
            self._write(f"seed {self._judge.run.seed}\n")

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        entry = requirement_of(item)
        if self._judge is not None and self._live and entry is not None:
            place = f"{self._seen.total() + 1}/{len(self._judge.selected)}"
            found = "".join(f"  {self._seen[status]} {status}" for status in ("fail", "blocked") if self._seen[status])
            line = f"{place}  {entry.id}  {self._judge.session.requests_of_the_run} requests{found}"
            self._write(_CLEAR + line[: self._width - 1])

    def pytest_runtest_logfinish(self) -> None:
        result = self._judge.latest if self._judge is not None else None
        if result is None or result is self._latest:
            return
        self._latest = result
        self._seen[result.status] += 1
        if not self._live and self._judge is not None and not self._judge.goes_step_by_step:
            self._write(f"{result.status:<12} {result.requirement.id}  {result.seconds:.2f} s\n")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        if self._judge is None:
            return
        self.run = self._judge.run
        lines = self._judge.report_lines(self._width if self._live else None)
        self._write((_CLEAR if self._live else "\n") + "".join(f"{self._painted(line)}\n" for line in lines))

    @property
    def _width(self) -> int:
        return shutil.get_terminal_size().columns

    def _painted(self, line: str) -> str:
        if not self._coloured:
            return line
        return _STATUS.sub(lambda match: f"\x1b[{_COLOURS[match[1].lower()]}m{match[1]}\x1b[0m", line)

    def _write(self, text: str) -> None:
        encoding = self._stream.encoding or "utf-8"
        try:
            self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
            self._stream.flush()
        except BrokenPipeError:
            # Nobody reads on; the run still has to clean up and to write its report.
            os.dup2(os.open(os.devnull, os.O_WRONLY), self._stream.fileno())
