"""What a run of the command prints while it goes on and at its end, in place of pytest's own terminal."""

from __future__ import annotations

import sys
from typing import TextIO

import pytest

from contract.plugin import JUDGE, Judge
from contract.report.text import report_lines
from contract.verdict import Run

_CLEAR = "\r\x1b[K"


class Console:
    """Prints one line that changes where it is seen on a terminal, a plain line for each requirement elsewhere."""

    def __init__(self, stream: TextIO = sys.stdout) -> None:
        self._stream = stream
        self._live = stream.isatty()
        self._judge: Judge | None = None
        self._done = 0
        self.run: Run | None = None

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        judge = session.config.pluginmanager.get_plugin(JUDGE)
        self._judge = judge if isinstance(judge, Judge) else None

    def pytest_runtest_logstart(self, nodeid: str) -> None:
        if self._judge is not None and self._live:
            total, sent = len(self._judge.selected), self._judge.session.requests
            self._write(f"{_CLEAR}{self._done}/{total}  {nodeid.rpartition('/')[2]}  {sent} requests")

    def pytest_runtest_logfinish(self) -> None:
        self._done += 1
        if self._judge is not None and not self._live:
            result = self._judge.latest
            if result is not None:
                self._write(f"{result.status:<12} {result.requirement.id}  {result.seconds:.2f} s\n")

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        if self._judge is not None:
            self.run = self._judge.run
            self._write(_CLEAR if self._live else "\n")
            self._write("\n".join(report_lines(self.run)) + "\n")

    def _write(self, text: str) -> None:
        encoding = self._stream.encoding or "utf-8"
        self._stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        self._stream.flush()
