"""The GitHub action: what it is made of, what it tells the command, and what it leaves for a workflow."""

from __future__ import annotations

import json
import os
import re
import sys
from pathlib import Path

import pytest

from contract.cli import main
from tests.action import ACTION, STEPS, Ran, run_step
from tests.targets import COMMANDS

FAKE = """\
#!{python}
import json, os, sys
from pathlib import Path

Path("arguments.json").write_text(json.dumps(sys.argv[1:]))
reports = {{"--report-json": '{{"verdict": "violating"}}', "--report-markdown": "# Judged\\n"}}
for argument in sys.argv[1:]:
    name, _, file = argument.partition("=")
    if name in reports and "SILENT" not in os.environ:
        Path(file).write_text(reports[name])
sys.exit(int(os.environ.get("CODE", "0")))
"""
"""Keeps what it is told, and writes reports that are hardly any."""

FILTER = """\
#!{python}
import os, sys

arguments = [argument for argument in sys.argv[1:] if argument.partition("=")[0] not in {unknown}]
os.execv({command!r}, [{command!r}, *arguments])
"""
"""The command, without the options that it does not have yet."""


def program(folder: Path, text: str) -> Path:
    """A folder with this program as ``task-contract``, and with ``python``."""
    programs = folder / "pro grams"
    programs.mkdir()
    (programs / "task-contract").write_text(text)
    (programs / "task-contract").chmod(0o755)
    (programs / "python").symlink_to(sys.executable)
    return programs


@pytest.fixture
def fake(tmp_path: Path) -> Path:
    """Programs that only keep what they are told."""
    return program(tmp_path, FAKE.format(python=sys.executable))


def judged(programs: Path, **variables: str) -> Ran:
    """The step that judges, with these variables."""
    return run_step("judge", programs.parent, PROGRAMS=str(programs), **variables)


def told(programs: Path) -> list[str]:
    """The arguments of the command, those that name the reports left out."""
    arguments: list[str] = json.loads((programs.parent / "arguments.json").read_text())
    return [argument for argument in arguments if not re.match(r"--(report-|artifacts=)", argument)]


def test_no_expression_stands_in_a_script() -> None:
    scripts = [step["run"] for step in STEPS if "run" in step]

    assert len(scripts) == 2
    assert [script for script in scripts if "${{" in script] == []


def test_actions_are_pinned_by_major_version() -> None:
    used = [step["uses"] for step in STEPS if "uses" in step]

    assert [name.partition("@")[0] for name in used] == ["actions/setup-python", "actions/upload-artifact"]
    assert [name for name in used if not re.fullmatch(r"actions/[a-z-]+@v\d+", name)] == []


def test_every_input_is_described_and_used() -> None:
    steps = json.dumps(STEPS)

    assert [name for name in ACTION["inputs"] if f"inputs.{name}" not in steps] == []
    assert [name for name, value in ACTION["inputs"].items() if set(value) != {"description", "default"}] == []


def test_command_is_told_what_the_inputs_say(fake: Path) -> None:
    ran = judged(
        fake,
        COMMAND="python app.py --port {port} --name 'a b'",
        ONLY="core, id",
        SKIP="id.syntax",
        BASELINE="known violations.yaml",
        ARGUMENTS="--max-time=300\n\n--header=A: b c\n",
    )

    assert ran.exit_code == 0, ran.stderr
    assert told(fake) == [
        "run",
        "--format=github",
        "--only=core, id",
        "--skip=id.syntax",
        "--baseline=known violations.yaml",
        "--command=python app.py --port {port} --name 'a b'",
        "--max-time=300",
        "--header=A: b c",
    ]


def test_target_is_no_option(fake: Path) -> None:
    judged(fake, TARGET="--insecure")

    assert told(fake) == ["run", "--format=github", "--", "--insecure"]


@pytest.mark.parametrize("text", ["$(touch harm)", "`touch harm`", '"; touch harm; "', "'; touch harm #", "* ${HOME}"])
def test_nothing_in_an_input_is_carried_out(text: str, fake: Path) -> None:
    names = ("TARGET", "ONLY", "SKIP", "BASELINE", "ARGUMENTS")

    ran = judged(fake, **dict.fromkeys(names, text))

    assert ran.exit_code == 0, ran.stderr
    assert told(fake)[2:] == [f"--only={text}", f"--skip={text}", f"--baseline={text}", text, "--", text]
    assert not (fake.parent / "harm").exists()


@pytest.mark.parametrize("variables", [{}, {"TARGET": "http://localhost", "COMMAND": "python app.py"}])
def test_no_target_or_two_are_wrong_usage(variables: dict[str, str], fake: Path) -> None:
    ran = judged(fake, **variables)

    assert (ran.exit_code, ran.outputs, ran.summary) == (2, {"exit-code": "2"}, "")
    assert ran.stdout == "::error title=task-contract::Give a target or a command, and one of them only.\n"
    assert not (fake.parent / "arguments.json").exists()


@pytest.mark.parametrize("code", ["0", "1", "3", "4", "5"])
def test_outputs_and_summary(code: str, fake: Path) -> None:
    ran = judged(fake, TARGET="http://localhost", CODE=code)

    assert (ran.exit_code, ran.summary) == (int(code), "# Judged\n")
    assert (ran.outputs["verdict"], ran.outputs["exit-code"]) == ("violating", code)
    assert Path(ran.outputs["report"]).parent == Path(ran.outputs["directory"])
    assert json.loads(Path(ran.outputs["report"]).read_text()) == {"verdict": "violating"}


def test_wrong_usage_leaves_no_report(fake: Path) -> None:
    ran = judged(fake, TARGET="http://localhost", CODE="2", SILENT="1")

    assert (ran.exit_code, ran.summary) == (2, "")
    assert (ran.outputs["verdict"], ran.outputs["exit-code"]) == ("", "2")
    assert "report" not in ran.outputs


def test_long_summary_is_cut(tmp_path: Path) -> None:
    long = FAKE.replace("# Judged\\n", '" + "x" * 2_000_000 + "')
    programs = program(tmp_path, long.format(python=sys.executable))

    ran = judged(programs, TARGET="http://localhost")

    assert len(ran.summary) == 1_000_000


@pytest.mark.parametrize(
    ("application", "exit_code", "verdict"),
    [("healthy:Healthy", 0, "conforming"), ("create:NoLocation", 1, "violating")],
)
def test_step_judges(
    application: str, exit_code: int, verdict: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit):
        main(["run", "--help"])
    known = capsys.readouterr().out
    options = ("--format", "--report-markdown", "--report-junit", "--report-html", "--artifacts")
    unknown = [name for name in options if f"{name} " not in known]
    command = str(COMMANDS / "task-contract")
    programs = program(tmp_path, FILTER.format(python=sys.executable, unknown=unknown, command=command))
    path = os.pathsep.join([str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")])

    ran = judged(programs, TARGET=f"wsgi:tests.faults.{application}()", ONLY="create", PYTHONPATH=path)

    assert ran.exit_code == exit_code, ran.stdout + ran.stderr
    assert ran.outputs["verdict"] == verdict
    written = {"report.json", *("report.md" for _ in [0] if "--report-markdown" in known)}
    assert written <= {file.name for file in Path(ran.outputs["directory"]).iterdir()}
    assert ("report.md" in written) == bool(ran.summary)
