"""A pytest plugin that publishes the reports of all implementations beside each other: ``-p tests.comparison_report``.

A test hands one over as ``record_property("compared", (name, report))``.
"""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest

from contract.compare import compare
from contract.report.matrix import write


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--comparison-file", type=Path, help="write the page here, where two or more were judged")


def pytest_configure(config: pytest.Config) -> None:
    file = config.getoption("comparison_file")
    if file is not None and not hasattr(config, "workerinput"):
        config.pluginmanager.register(Comparison(file))


class Comparison:
    """Gathers the reports, and writes the page at the end."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._reports: dict[str, Any] = {}

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.when == "call":
            compared: list[Any] = [value for key, value in report.user_properties if key == "compared"]
            self._reports |= dict(compared)

    def pytest_sessionfinish(self) -> None:
        if len(self._reports) < 2:
            return
        with tempfile.TemporaryDirectory() as folder:
            arguments = []
            for number, (name, report) in enumerate(self._reports.items()):
                file = Path(folder) / f"{number}.json"
                file.write_text(json.dumps(report), encoding="utf-8")
                arguments.append(f"{name}={file}")
            write(compare(arguments), self._file)
