"""The command in this process: what it lists and explains, what it passes on, and how it refuses wrong usage."""

from __future__ import annotations

import io
import json
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from contract import SUITE_VERSION, embedded, engine
from contract.cli import main
from contract.embedded import ReferenceServer
from contract.launch import NotStarted
from contract.requirement import Requirement, catalogue
from contract.verdict import INCOMPLETE, UNREACHABLE, USAGE, Result, Run, Status

ENTRIES = catalogue()
URL = "http://127.0.0.1:8000"
HEAVY = {"contract.laws", "flask", "h11", "hypothesis", "pytest", "schemathesis", "ssl", "werkzeug", "yaml"}


class Engine:
    """Stands for the engine: keeps what it is told, and ends with this run."""

    def __init__(self, run: Run | None) -> None:
        self.run = run
        self.arguments: list[str] = []

    def __call__(self, arguments: Sequence[str]) -> Run | None:
        self.arguments = list(arguments)
        return self.run


@pytest.fixture
def judging(monkeypatch: pytest.MonkeyPatch) -> Engine:
    """The engine, which finds one requirement broken."""
    stand_in = Engine(Run(URL, "full", [Result(ENTRIES[0], "fail")]))
    monkeypatch.setattr(engine, "judge_target", stand_in)
    return stand_in


def usage_error(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    """What the command says of wrong usage, which is all that it says."""
    with pytest.raises(SystemExit, match=rf"^{USAGE}$"):
        sys.exit(main(arguments))
    out, err = capsys.readouterr()

    assert out == ""
    return err


def test_list_has_a_line_for_each_requirement(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0

    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[:2] for line in lines] == [[entry.id, entry.level] for entry in ENTRIES]
    assert all(line.endswith(entry.sentence) for line, entry in zip(lines, ENTRIES, strict=True))


@pytest.mark.parametrize(
    "arguments",
    [
        ["--only", "delete", "--only", "id.unique", "--skip", "delete.gone"],
        ["--only", "delete,id.unique", "--skip=delete.gone"],
        ["--only", " delete id.unique ", "--skip", "delete.gone,create"],
    ],
)
def test_list_of_a_selection(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list", *arguments]) == 0

    ids = [line.split()[0] for line in capsys.readouterr().out.splitlines()]
    assert ids == ["delete.idempotent", "delete.bystanders", "id.unique"]


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.id)
def test_explain(entry: Requirement, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", entry.id]) == 0

    out = capsys.readouterr().out
    assert out.startswith(f"{entry.id} ({entry.level})\n\n  {entry.sentence}\n")
    assert f"\nlaw     {entry.law}\n" in out
    assert f"\nsource  {entry.source or 'the contract itself'}\n" in out
    assert entry.advice in out


@pytest.mark.parametrize(
    "arguments",
    [["list"], ["list", "--only", "delte"], ["explain", "delete.gone"], ["--help"], ["run", "--nonsense"]],
    ids=" ".join,
)
def test_what_needs_no_law_imports_no_heavy_library(arguments: list[str]) -> None:
    program = f"""
import sys
from contract.cli import main
try:
    main({arguments})
finally:
    print(sorted(sys.modules.keys() & {HEAVY}), file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)

    assert done.stderr.splitlines()[-1] == "[]"


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit, match=r"^0$"):
        main(["--version"])

    assert capsys.readouterr().out == f"task-contract {SUITE_VERSION}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["list", "--only", "delte"],
            "task-contract: 'delte' is no requirement; use an id such as delete.gone, a topic ",
        ),
        (["list", "--skip", "a.b"], "task-contract: 'a.b' is no requirement; use an id such as delete.gone, a topic "),
        (["explain", "delete"], "task-contract: 'delete' is no requirement; task-contract list shows them all.\n"),
        (["run", URL, "--only", "delte"], "task-contract: 'delte' is no requirement; use an id such as delete.gone, "),
        (
            ["run", URL, "--only", "create.once", "--skip", "create"],
            "task-contract: The selection is empty: everything in --only is also in --skip.\n",
        ),
        (["run", URL, "--report-json", "/"], "task-contract: / cannot be written: Is a directory.\n"),
        (["run", URL, "--report-html", "/"], "task-contract: / cannot be written: Is a directory.\n"),
        (
            ["run", URL, "--format", "github", "--report-html", "a", "--report-junit", "./a"],
            "task-contract: a is named for two reports.\n",
        ),
    ],
)
def test_wrong_usage_is_one_sentence(
    arguments: list[str], message: str, capsys: pytest.CaptureFixture[str], judging: Engine
) -> None:
    err = usage_error(arguments, capsys)

    assert err.startswith(message)
    assert re.fullmatch(r"[^\n]+\.\n", err)
    assert judging.arguments == []


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        ([], "COMMAND"),
        (["judge"], "'judge'"),
        (["explain"], "id"),
        (["run", "--nonsense"], "--nonsense"),
        (["run", "one", "two"], "two"),
        (["run", "--timeout", "soon"], "'soon'"),
        (["run", "--timeout", "0"], "'0'"),
        (["run", "--max-time", "-1"], "'-1'"),
        (["run", "--max-time", "inf"], "'inf'"),
        (["run", "--max-time", "nan"], "'nan'"),
        (["run", "--ca-file", "no-such-file.pem"], "'no-such-file.pem'"),
        (["run", "--format", "gitlab"], "'gitlab'"),
        (["compare"], "FILE"),
        (["run", "--baseline", "no-such-file.yaml"], "'no-such-file.yaml'"),
        (["serve", "--port", "http"], "'http'"),
    ],
)
def test_wrong_arguments_are_named(
    arguments: list[str], named: str, capsys: pytest.CaptureFixture[str], judging: Engine
) -> None:
    err = usage_error(arguments, capsys)

    assert named in err.splitlines()[-1]
    assert judging.arguments == []


def test_options_are_passed_on(judging: Engine) -> None:
    selection = ["--only", "core,id", "--skip", "id.syntax"]
    limits = ["--timeout", "2.5", "--max-time", "60"]

    headers = ["--header", "A: $B", "--header=C: d"]
    flags = ["--insecure", "--intrusive", "--contract-version=1.0"]

    files = ["--ca-file", __file__, "--baseline", __file__, "--write-baseline=new.yaml"]

    main(["run", URL, *selection, *headers, *flags, *limits, *files])

    assert judging.arguments == [
        f"--contract-target={URL}",
        "--contract-version=1.0",
        "--contract-only=core",
        "--contract-only=id",
        "--contract-skip=id.syntax",
        "--contract-header=A: $B",
        "--contract-header=C: d",
        "--contract-timeout=2.5",
        "--contract-max-time=60.0",
        f"--contract-ca-file={__file__}",
        f"--contract-baseline={__file__}",
        "--contract-write-baseline=new.yaml",
        "--contract-insecure",
        "--contract-intrusive",
    ]


def test_exit_code_is_that_of_the_run(judging: Engine) -> None:
    assert main(["run", URL]) == 1


def test_what_the_engine_refuses_is_wrong_usage(judging: Engine) -> None:
    judging.run = None

    assert main(["run", URL]) == USAGE


def test_report_is_written(judging: Engine, tmp_path: Path) -> None:
    main(["run", URL, "--report-json", str(tmp_path / "report.json")])

    assert json.loads((tmp_path / "report.json").read_text())["exit_code"] == 1


def test_older_report_does_not_outlive_a_run_that_fails(judging: Engine, tmp_path: Path) -> None:
    (tmp_path / "report.json").write_text('{"exit_code": 0}')
    judging.run = None

    main(["run", URL, "--report-json", str(tmp_path / "report.json")])

    assert (tmp_path / "report.json").read_text() == ""


def test_every_report_is_written(judging: Engine, tmp_path: Path) -> None:
    formats = ("json", "junit", "markdown", "html", "badge")

    main(["run", URL, *(f"--report-{name}={tmp_path / name}" for name in formats)])

    assert all(ENTRIES[0].id in (tmp_path / name).read_text() for name in formats[:-1])
    assert "full" in (tmp_path / "badge").read_text()


@pytest.mark.parametrize(("status", "code"), [("pass", INCOMPLETE), ("fail", 1)])
def test_report_that_could_not_be_written_is_no_success(
    status: Status,
    code: int,
    judging: Engine,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*places: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "replace", fail)
    judging.run = Run(URL, "full", [Result(ENTRIES[0], status)])

    assert main(["run", URL, "--report-html", str(tmp_path / "page")]) == code
    assert capsys.readouterr().err == (
        f"task-contract: {tmp_path / 'page'} cannot be written: No space left on device.\n"
    )


def test_annotations_follow_output_that_is_not_obeyed(judging: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", URL, "--format", "github"]) == 1

    stop, start, *annotations = capsys.readouterr().out.splitlines()
    assert stop.startswith("::stop-commands::")
    assert start == f"::{stop.rpartition('::')[2]}::"
    assert [line.partition("::")[2].split()[0] for line in annotations] == ["error", "error"]


def test_without_a_target_the_reference_server_is_judged(judging: Engine) -> None:
    main(["run"])

    assert re.fullmatch(r"--contract-target=http://127\.0\.0\.1:\d+", judging.arguments[0])


def test_reference_server_that_does_not_start(
    judging: Engine, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(server: ReferenceServer) -> str:
        raise NotStarted("The reference server did not start: no socket.")

    monkeypatch.setattr(embedded.ReferenceServer, "url", fail)

    assert main(["run"]) == UNREACHABLE
    assert capsys.readouterr().err == "task-contract: The reference server did not start: no socket.\n"
    assert judging.arguments == []


class Closed(io.StringIO):
    """The end of a pipe that nobody reads any more."""

    def write(self, text: str) -> int:
        raise BrokenPipeError


def test_output_that_nobody_reads_is_no_crash(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", Closed())

    assert main(["list"]) == INCOMPLETE

    sys.stdout.close()
