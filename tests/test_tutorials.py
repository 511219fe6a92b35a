"""Non-conforming implementations as they come: three tutorials' applications, and the verdicts that they get."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from contract.requirement import catalogue
from tests.deployment import NPM, VENV, Application
from tests.targets import PATIENCE, Judged, run_suite

pytestmark = pytest.mark.implementations

FOLDER = Path(__file__).parent / "tutorials"
JUDGING = 10 * PATIENCE
"""Seconds for what takes one minute or two: a development server takes its time for each answer."""

SELECTION = "--skip=race"
"""Which of two requests comes in between the steps of another is up to the threads."""

TUTORIALS = (
    Application(FOLDER / "fastapi", VENV, ("{python}", "-m", "uvicorn", "main:app", "--port={port}")),
    Application(
        FOLDER / "django",
        VENV,
        start=("{python}", "manage.py", "runserver", "--noreload", "127.0.0.1:{port}"),
        prepare=(("{python}", "manage.py", "migrate"),),
    ),
    Application(FOLDER / "express", NPM, ("node", "server.js"), variables={"PORT": "{port}"}, runtime="node"),
)


@pytest.fixture(scope="module", params=TUTORIALS, ids=lambda tutorial: tutorial.name)
def tutorial(request: pytest.FixtureRequest) -> Application:
    """Each of the applications that can run here."""
    found: Application = request.param
    if not found.is_possible:
        pytest.skip(f"There is no {found.runtime} here.")
    return found


@pytest.fixture(scope="module")
def expected(tutorial: Application) -> dict[str, str]:
    """The status of each requirement."""
    statuses: dict[str, str] = json.loads((tutorial.folder / "expected.json").read_text())
    return statuses


@pytest.fixture(scope="module")
def judged(tutorial: Application, tmp_path_factory: pytest.TempPathFactory) -> Judged:
    """What a run on a new instance left."""
    copy = tutorial.installed(tmp_path_factory.mktemp("tutorial"))
    with tutorial.started(copy) as url:
        return run_suite(url, SELECTION, f"--max-time={JUDGING}", seconds=JUDGING + PATIENCE)


def test_expectations_cover_the_catalogue(expected: dict[str, str]) -> None:
    assert expected.keys() == {entry.id for entry in catalogue()}


def test_every_requirement_gets_the_expected_verdict(
    expected: dict[str, str], judged: Judged, tutorial: Application, record_property: Callable[[str, object], None]
) -> None:
    record_property("compared", (f"{tutorial.name} tutorial", judged.report))

    assert judged.statuses == expected
    assert judged.exit_code == 1


def test_each_violation_is_reported_once(expected: dict[str, str], judged: Judged) -> None:
    broken = [id for id, status in expected.items() if status in ("fail", "warn")]
    headings = re.findall(r"^(?:FAIL|WARN) (\S+) ", judged.stdout, re.MULTILINE)

    assert sorted(headings) == sorted(broken)
    assert sorted(id for id, _ in judged.violations()) == sorted(broken)
