"""Conforming implementations by other hands, in other frameworks and languages: none is accused of anything.

Run by ``tox -e implementations``, since it installs their environments.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.deployment import NPM, VENV, Application
from tests.postgresql import cluster
from tests.targets import run_suite

pytestmark = pytest.mark.implementations

FOLDER = Path(__file__).parent / "implementations"
JUDGING = 600

DJANGO = Application(
    FOLDER / "django_sqlite",
    VENV,
    start=("{python}", "-m", "waitress", "--listen=127.0.0.1:{port}", "--threads=8", "project.wsgi:application"),
    prepare=(("{python}", "manage.py", "migrate", "--verbosity=0"),),
    variables={"DATABASE": "{data}"},
)
EXPRESS = Application(
    FOLDER / "express_sqlite",
    NPM,
    start=("node", "src/server.js"),
    variables={"DATABASE": "{data}", "PORT": "{port}"},
    runtime="node",
)
FASTAPI = Application(
    FOLDER / "fastapi_postgresql",
    VENV,
    start=("{python}", "-m", "uvicorn", "app.main:app", "--port={port}", "--log-level=warning"),
    variables={"DATABASE_URL": "{data}"},
)


@dataclass(frozen=True)
class Installed:
    """An implementation with what it needs, and where it keeps its tasks."""

    application: Application
    copy: Path
    data: str


def test_reference_is_not_accused(record_property: Callable[[str, object], None]) -> None:
    judged = run_suite(f"--max-time={JUDGING}", seconds=JUDGING + 60)
    record_property("compared", ("reference", judged.report))

    assert judged.unmet == {}, judged.stdout


@pytest.fixture(scope="module", params=(DJANGO, EXPRESS, FASTAPI), ids=lambda application: application.name)
def installed(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    """An implementation with an empty store."""
    application: Application = request.param
    if not application.is_possible:
        pytest.skip(f"There is no {application.runtime} here.")
    place = tmp_path_factory.mktemp("implementation")
    with _data(application, place) as data:
        yield Installed(application, application.installed(place), data)


@pytest.fixture(scope="module")
def url(installed: Installed) -> Iterator[str]:
    """The URL of an implementation."""
    with installed.application.started(installed.copy, installed.data) as url:
        yield url


def test_nothing_is_accused(url: str, installed: Installed, record_property: Callable[[str, object], None]) -> None:
    judged = run_suite(url, f"--max-time={JUDGING}", seconds=JUDGING + 60)
    record_property("compared", (installed.application.name.partition("_")[0], judged.report))

    assert judged.unmet == {}, judged.stdout
    assert judged.exit_code == 0


def test_the_verdict_is_the_same_again(url: str) -> None:
    judged = run_suite(url, "--only=core,race,wire", f"--max-time={JUDGING}", seconds=JUDGING + 60)

    assert judged.exit_code == 0, judged.stdout


def test_tasks_survive_a_kill(installed: Installed) -> None:
    command = installed.application.command(installed.copy, installed.data)

    judged = run_suite(
        f"--command={command}", "--durable", "--only=durable", folder=installed.copy, seconds=JUDGING + 60
    )

    assert judged.exit_code == 0, judged.stdout
    assert [judged.statuses[id] for id in ("durable.writes", "durable.ids")] == ["pass", "pass"]


def _data(application: Application, place: Path) -> AbstractContextManager[str]:
    """Where an implementation keeps its tasks: a file, or the URL of a database."""
    return cluster() if application is FASTAPI else nullcontext(str(place / "tasks.db"))
