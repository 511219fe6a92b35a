"""Baselines as a user meets them: broken servers judged by the command and in a pytest session, with a file beside."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import jsonschema
import pytest
import yaml

from contract.baseline import PLACEHOLDER
from tests.targets import COMMANDS, PATIENCE, ROOT, Judged, run_suite
from tests.test_report import SCHEMA

MERGES = "wsgi:tests.faults.update:Merges()"
FORGETS = "wsgi:tests.faults.update:EmptyDescriptionIsNoValue()"
NO_DETAILS = "wsgi:tests.faults.input:NoDetails()"
SOUND = "wsgi:tests.faults.healthy:Healthy()"
MERGED = """\
version: 1
known:
  update.replaces:
    reason: it was like that when we came
    violations:
    - message: The body that answers PUT /tasks/ID is another than it must be.
      expected: '{description, done, id, title}'
      received: 200 {description, done, id, title} with another done
"""
"""What accepts the violation of MERGES."""


def judge(target: str, *arguments: str, only: str = "update.replaces,create") -> Judged:
    """One run of the command in the folder of the project; its report meets the schema."""
    judged = run_suite(target, f"--only={only}", *arguments, folder=ROOT)
    if judged.report is not None:
        jsonschema.validate(judged.report, SCHEMA)
    return judged


def states(judged: Judged) -> dict[str, str]:
    """What became of each entry of the baseline."""
    assert judged.report is not None
    return {entry["id"]: entry["state"] for entry in judged.report["baseline"]}


@pytest.fixture
def baseline(tmp_path: Path) -> Path:
    """A baseline that accepts the violation of MERGES."""
    file = tmp_path / "baseline.yaml"
    file.write_text(MERGED)
    return file


def test_known_violation_is_green_and_counted(baseline: Path) -> None:
    judged = judge(MERGES, f"--baseline={baseline}")

    assert (judged.exit_code, judged.stderr) == (0, "")
    assert judged.statuses["update.replaces"] == "known"
    assert states(judged) == {"update.replaces": "known"}
    assert judged.report is not None
    assert judged.report["verdict"] == "conforming"
    assert [id for id, _ in judged.violations()] == ["update.replaces"]
    assert "KNOWN update.replaces (MUST)" in judged.stdout
    assert "  known: it was like that when we came\n" in judged.stdout
    assert judged.stdout.splitlines()[-1].startswith(
        "the 5 requirements judged in this process are met but for 1 known: "
    )


def test_other_violation_of_the_same_requirement_is_red(baseline: Path) -> None:
    judged = judge(FORGETS, f"--baseline={baseline}")

    assert judged.exit_code == 1
    assert judged.statuses["update.replaces"] == "fail"
    assert states(judged) == {"update.replaces": "changed"}
    assert "Entries of the baseline that are changed (something else fails): update.replaces\n" in judged.stdout


def test_new_violation_is_red(baseline: Path) -> None:
    judged = judge("wsgi:tests.faults.create:NoLocation()", f"--baseline={baseline}", only="create.location")

    assert judged.exit_code == 1
    assert states(judged) == {"update.replaces": "unjudged"}


def test_entry_that_does_not_fail_any_more_is_red(baseline: Path) -> None:
    judged = judge(SOUND, f"--baseline={baseline}")

    assert judged.exit_code == 1
    assert judged.statuses["update.replaces"] == "pass"
    assert states(judged) == {"update.replaces": "stale"}
    assert judged.stdout.splitlines()[-1].startswith("the baseline is not true: ")


def test_expired_entry_is_red(baseline: Path) -> None:
    baseline.write_text(MERGED.replace("    violations:", "    expires: 2001-01-31\n    violations:"))

    judged = judge(MERGES, f"--baseline={baseline}")

    assert judged.exit_code == 1
    assert states(judged) == {"update.replaces": "expired"}
    assert "its entry in the baseline expired on 2001-01-31\n" in judged.stdout


def test_entry_of_what_is_not_selected_says_nothing(baseline: Path) -> None:
    judged = judge(SOUND, f"--baseline={baseline}", only="create.once")

    assert judged.exit_code == 0
    assert states(judged) == {"update.replaces": "unjudged"}
    assert "baseline" not in judged.stdout


def test_blocked_requirement_is_not_absorbed(baseline: Path) -> None:
    baseline.write_text(MERGED + MERGED.partition("known:\n")[2].replace("update.replaces", "update.idempotent"))

    judged = judge(FORGETS, f"--baseline={baseline}", only="update.missing,update.idempotent")

    assert judged.exit_code != 0
    assert judged.statuses["update.missing"] == "blocked"


def test_unreachable_server_is_not_absorbed(baseline: Path) -> None:
    judged = judge("http://127.0.0.1:1", f"--baseline={baseline}")

    assert judged.exit_code == 3
    assert states(judged) == {"update.replaces": "unjudged"}


def test_should_that_warns_may_have_an_entry(tmp_path: Path) -> None:
    file = tmp_path / "baseline.yaml"
    arguments = (f"--baseline={file}", f"--write-baseline={file}")
    file.write_text("version: 1\nknown: {input.details: {reason: later, violations: [{message: Something else.}]}}\n")

    changed = judge(NO_DETAILS, *arguments, only="input.details")
    known = judge(NO_DETAILS, *arguments, only="input.details")
    stale = judge(SOUND, *arguments, only="input.details")

    assert [(one.exit_code, one.statuses["input.details"]) for one in (changed, known, stale)] == [
        (1, "warn"),
        (0, "known"),
        (1, "pass"),
    ]
    assert yaml.safe_load(file.read_text())["known"] == {}


def test_baseline_is_written_filled_in_and_judged_by(tmp_path: Path) -> None:
    file = tmp_path / "baseline.yaml"

    red = judge(MERGES, f"--write-baseline={file}")
    written = file.read_text()
    file.write_text(written.replace(PLACEHOLDER, "it was like that when we came"))
    green = judge(MERGES, f"--baseline={file}")

    assert (red.exit_code, green.exit_code) == (1, 0)
    assert f"{file} has 1 entries; new: update.replaces.\n" in red.stdout
    assert yaml.safe_load(file.read_text()) == yaml.safe_load(MERGED)
    assert "without a reason" not in green.stdout


def test_entry_without_a_reason_is_named(baseline: Path) -> None:
    baseline.write_text(MERGED.replace("it was like that when we came", PLACEHOLDER))

    judged = judge(MERGES, f"--baseline={baseline}")

    assert judged.exit_code == 0
    assert "Entries of the baseline without a reason: update.replaces\n" in judged.stdout


def test_baseline_is_not_written_where_the_server_never_answered(baseline: Path) -> None:
    judged = judge("http://127.0.0.1:1", f"--write-baseline={baseline}")

    assert judged.exit_code == 3
    assert f"{baseline} was not written: " in judged.stdout
    assert baseline.read_text() == MERGED


def test_baseline_that_has_become_unwritable_is_no_pass(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    folder.mkdir()
    (tmp_path / "vanishing.py").write_text(
        "import shutil\nfrom tests.faults.healthy import Healthy\n\n"
        f"def app(environ, start_response):\n    shutil.rmtree({str(folder)!r}, ignore_errors=True)\n"
        "    return server(environ, start_response)\n\nserver = Healthy()\n"
    )
    path = os.pathsep.join([str(tmp_path), str(ROOT)])

    judged = run_suite(
        "wsgi:vanishing:app",
        "--only=create.once",
        f"--write-baseline={folder / 'b.yaml'}",
        environment={"PYTHONPATH": path},
    )

    assert judged.exit_code == 5
    assert "could not be written" in judged.stdout


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (None, "there is no file"),
        ("version: [", "is no baseline: expected the node content"),
        (MERGED.replace("update.replaces", "update.replace"), "'update.replace' is no requirement"),
        (MERGED + MERGED.partition("known:\n")[2], "'update.replaces' stands there twice"),
        (MERGED.replace("    violations", "    expires: soon\n    violations"), "expires of update.replaces is 'soon'"),
    ],
)
def test_file_that_is_no_baseline_is_wrong_usage(text: str | None, message: str, tmp_path: Path) -> None:
    file = tmp_path / "baseline.yaml"
    if text is not None:
        file.write_text(text)

    judged = judge(MERGES, f"--baseline={file}")

    assert (judged.exit_code, judged.stdout, judged.report) == (2, "", None)
    assert message in judged.stderr
    assert re.fullmatch(r"[^\n]+\n+", judged.stderr)


@pytest.mark.parametrize("name", ["no-such-folder/baseline.yaml", "."])
def test_place_where_no_baseline_can_be_written_is_wrong_usage(name: str, tmp_path: Path) -> None:
    judged = judge(MERGES, f"--write-baseline={tmp_path / name}")

    assert (judged.exit_code, judged.stdout, judged.report) == (2, "", None)
    assert re.fullmatch(r"[^\n]+ cannot be [^\n]+\n+", judged.stderr)


def session(target: str, *options: str) -> subprocess.CompletedProcess[str]:
    """A pytest session with the laws of some requirements."""
    selection = [f"--contract-only={name}" for name in ("update.replaces", "create")]
    return subprocess.run(
        [
            *(str(COMMANDS / "pytest"), "-p", "contract.plugin", "--pyargs", "contract.laws", "-pno:cacheprovider"),
            *(f"--contract-target={target}", *selection, *options),
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.parametrize(
    ("target", "failed", "told"),
    [
        (MERGES, 0, "known: it was like that when we came"),
        (FORGETS, 1, "not what the baseline accepts"),
        (SOUND, 1, "it does not fail any more"),
    ],
)
def test_second_door(target: str, failed: int, told: str, baseline: Path) -> None:
    finished = session(target, f"--contract-baseline={baseline}")

    assert finished.returncode == (1 if failed else 0), finished.stdout
    assert f"{5 - failed} passed" in finished.stdout
    assert told in finished.stdout


def test_second_door_writes(tmp_path: Path) -> None:
    finished = session(MERGES, f"--contract-write-baseline={tmp_path / 'baseline.yaml'}")

    assert finished.returncode == 1
    assert list(yaml.safe_load((tmp_path / "baseline.yaml").read_text())["known"]) == ["update.replaces"]


def test_second_door_refuses_what_is_no_baseline(baseline: Path) -> None:
    baseline.write_text("nonsense")

    finished = session(MERGES, f"--contract-baseline={baseline}")

    assert finished.returncode == 4
    assert "is no baseline" in finished.stderr
