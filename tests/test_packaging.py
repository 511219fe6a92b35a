"""The distributions: a wheel built from the sdist, installed into a fresh environment, and an editable install.

Run by ``tox -e packaging``, since it builds environments.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from email import message_from_bytes
from email.message import Message
from pathlib import Path

import pytest

from contract import SUITE_VERSION
from contract.requirement import catalogue
from tests.action import run_step

pytestmark = pytest.mark.packaging

ROOT = Path(__file__).parent.parent
TIME = 900
SCRIPTS = "Scripts" if sys.platform == "win32" else "bin"
NOT_SOURCE = shutil.ignore_patterns(".git", ".tox", ".venv", ".*cache", ".hypothesis", "__pycache__", "dist", "build")
LITTER = (
    "contract/__pycache__/cli.pyc",
    "tests/.hypothesis/constants",
    ".venv/pyvenv.cfg",
    "dist/old.whl",
    ".coverage",
)


def run(*command: str | Path, folder: Path) -> str:
    """What a command prints that has to succeed, in this folder and with nothing of this environment."""
    foreign = ("PYTHON", "VIRTUAL_ENV", "TOX_", "PYTEST_")
    environment = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=TIME, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


class Environment:
    """A fresh virtual environment."""

    def __init__(self, folder: Path) -> None:
        venv.create(folder, with_pip=True)
        self.folder = folder
        self.python = folder / SCRIPTS / "python"
        self.command = folder / SCRIPTS / "task-contract"

    def install(self, *what: str) -> None:
        """Install with pip."""
        run(self.python, "-m", "pip", "install", "--quiet", *what, folder=self.folder)


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the project's files, littered as a folder is in which somebody works."""
    folder = tmp_path_factory.mktemp("source") / "project"
    shutil.copytree(ROOT, folder, ignore=NOT_SOURCE)
    for name in LITTER:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text("litter")
    return folder


@pytest.fixture(scope="module")
def builder(tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with what builds."""
    environment = Environment(tmp_path_factory.mktemp("builder"))
    environment.install("hatchling>=1.27")
    return environment


@pytest.fixture(scope="module")
def sdist(builder: Environment, source: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The source distribution."""
    folder = tmp_path_factory.mktemp("sdist")
    run(builder.python, "-m", "hatchling", "build", "-t", "sdist", "-d", folder, folder=source)
    (file,) = folder.iterdir()
    return file


@pytest.fixture(scope="module")
def wheel(builder: Environment, sdist: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel that pip builds of the source distribution."""
    folder = tmp_path_factory.mktemp("wheel")
    run(builder.python, "-m", "pip", "wheel", "--quiet", "--no-deps", "-w", folder, sdist, folder=folder)
    (file,) = folder.iterdir()
    return file


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with the wheel."""
    environment = Environment(tmp_path_factory.mktemp("installed"))
    environment.install(str(wheel))
    return environment


@pytest.fixture(scope="module")
def editable(source: Path, tmp_path_factory: pytest.TempPathFactory) -> Environment:
    """An environment with an editable install."""
    environment = Environment(tmp_path_factory.mktemp("editable"))
    environment.install("--editable", str(source))
    return environment


@pytest.fixture(params=["installed", "editable"])
def environment(request: pytest.FixtureRequest) -> Environment:
    """Each of the two."""
    found = request.getfixturevalue(request.param)
    assert isinstance(found, Environment)
    return found


def names_in(wheel: Path) -> set[str]:
    """The files of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if not name.endswith("/")}


def metadata_of(wheel: Path) -> Message:
    """The metadata of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        return message_from_bytes(archive.read(name))


def names_in_sdist(sdist: Path) -> set[str]:
    """The files of a source distribution, without the folder that they stand in."""
    with tarfile.open(sdist) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def test_sdist_has_what_the_project_is_built_and_tested_with(sdist: Path, source: Path) -> None:
    names = names_in_sdist(sdist)

    assert {
        "pyproject.toml",
        "README.md",
        "CONTRIBUTING.md",
        "LICENSE",
        "tox.ini",
        "action.yml",
        "specs/openapi.yaml",
    } <= names
    for package in ("contract", "reference_app", "tests"):
        files = {file.relative_to(source).as_posix() for file in (source / package).rglob("*.py")}
        assert files <= names, package


def test_no_litter_is_distributed(sdist: Path, wheel: Path) -> None:
    assert (names_in_sdist(sdist) | names_in(wheel)).isdisjoint(LITTER)


def test_wheel_has_both_packages_and_nothing_else(wheel: Path) -> None:
    names = names_in(wheel)

    assert {name.partition("/")[0] for name in names} == {
        "contract",
        "reference_app",
        f"task_contract-{SUITE_VERSION}.dist-info",
    }


@pytest.mark.parametrize(
    "name",
    [
        "contract/openapi.yaml",
        "contract/report/assets/page.css",
        "contract/report/assets/page.js",
        "contract/baseline.schema.json",
        "contract/report/report.schema.json",
        "contract/py.typed",
        "reference_app/py.typed",
    ],
)
def test_wheel_has_data(wheel: Path, name: str) -> None:
    assert name in names_in(wheel)


def test_wheel_has_every_module(wheel: Path, source: Path) -> None:
    modules = {
        file.relative_to(source).as_posix()
        for package in ("contract", "reference_app")
        for file in (source / package).rglob("*.py")
    }

    assert {name for name in names_in(wheel) if name.endswith(".py")} == modules


def test_document_of_the_wheel_is_that_of_the_project(wheel: Path, source: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        assert archive.read("contract/openapi.yaml") == (source / "specs" / "openapi.yaml").read_bytes()


def test_metadata(wheel: Path) -> None:
    metadata = metadata_of(wheel)

    assert (metadata["Name"], metadata["Version"]) == ("task-contract", SUITE_VERSION)
    assert (metadata["License-Expression"], metadata["License-File"]) == ("MIT", "LICENSE")
    assert metadata["Requires-Python"] == ">=3.10"
    assert set(metadata.get_all("Provides-Extra", [])) == {"sql", "postgresql"}


def test_list_from_any_folder(environment: Environment, tmp_path: Path) -> None:
    output = run(environment.command, "list", folder=tmp_path)

    assert [line.split()[0] for line in output.splitlines()] == [entry.id for entry in catalogue()]


def test_run_from_any_folder(environment: Environment, tmp_path: Path) -> None:
    output = run(environment.command, "run", "--only", "create", folder=tmp_path)

    judged = sum(entry.topic == "create" for entry in catalogue())
    assert output.splitlines()[-1].startswith(f"the {judged} requirements judged of the selection are met: ")
    assert list(tmp_path.iterdir()) == []


def test_generated_requests_from_any_folder(environment: Environment, tmp_path: Path) -> None:
    output = run(environment.command, "run", "wsgi:reference_app:create_app()", "--only", "openapi", folder=tmp_path)

    assert output.splitlines()[-1].endswith("(exit code 0)")
    assert list(tmp_path.iterdir()) == []


def test_action_installs_the_suite(source: Path, tmp_path: Path) -> None:
    ran = run_step("suite", tmp_path, PYTHON=sys.executable, SOURCE=str(source))

    assert ran.exit_code == 0, ran.stdout + ran.stderr
    version = run(Path(ran.outputs["programs"]) / "task-contract", "--version", folder=tmp_path)
    assert version == f"task-contract {SUITE_VERSION}\n"


def test_installed_files_are_used(installed: Environment, tmp_path: Path) -> None:
    program = (
        "import contract.document, reference_app; print(contract.document.document_file(), reference_app.__file__)"
    )

    output = run(installed.python, "-c", program, folder=tmp_path)

    assert [Path(file).is_relative_to(installed.folder) for file in output.split()] == [True, True]
    assert output.split()[0].endswith("openapi.yaml")
