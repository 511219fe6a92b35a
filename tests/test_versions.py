"""What a version of the contract says stays as it is, and an older version can be asked for."""

from __future__ import annotations

from pathlib import Path

import pytest

from contract import CONTRACT_VERSION, CONTRACT_VERSIONS, SUITE_VERSION, plugin, requirement
from contract.requirement import Requirement, UnknownVersion, catalogue, of_version
from contract.verdict import Run
from tests.frozen import file_of, render
from tests.targets import run_suite

ROOT = Path(__file__).parent.parent
NEWER = Requirement("delete.newer", "MUST", "A newer fact.", "", None, "contract.laws.test_delete:test_newer", "2.0")


@pytest.mark.parametrize("version", CONTRACT_VERSIONS)
def test_ids_levels_and_sentences_are_frozen(version: str) -> None:
    assert file_of(version).read_text(encoding="utf-8") == render(version), (
        "What a server must do changes with a new version of the contract only; see CHANGELOG.md."
    )


def test_every_version_has_its_own_requirements() -> None:
    assert {entry.since for entry in catalogue()} <= set(CONTRACT_VERSIONS)
    assert sorted(CONTRACT_VERSIONS) == list(CONTRACT_VERSIONS)


def test_changelog_names_the_present_versions() -> None:
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")

    assert f"## {SUITE_VERSION}" in text
    assert f"contract {CONTRACT_VERSION}" in text


def test_older_version_is_without_what_came_later(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirement, "CONTRACT_VERSIONS", ("1.0", "2.0"))
    entries = [*catalogue(), NEWER]

    assert NEWER in of_version(entries, "2.0")
    assert of_version(entries, "1.0") == catalogue()


def test_unknown_version_is_refused_with_what_there_is() -> None:
    with pytest.raises(UnknownVersion, match=r"^'0\.9' is no version of the contract; there are 1\.0\.$"):
        of_version(catalogue(), "0.9")


def test_report_says_which_version_was_judged_and_what_is_newer(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(requirement, "CONTRACT_VERSIONS", ("1.0", "2.0"))
    judge = plugin.Judge.__new__(plugin.Judge)
    judge.run = Run("http://127.0.0.1", "full", contract_version="1.0")

    assert judge._reason_to_leave_out(NEWER) == "it is new in version 2.0 of the contract"
    assert judge._reason_to_leave_out(catalogue()[0]) == "not selected"


def test_pinned_run_says_its_version() -> None:
    judged = run_suite(
        "wsgi:tests.faults.healthy:Healthy()", "--only=method.options", "--contract-version=1.0", folder=ROOT
    )

    assert judged.report is not None
    assert judged.report["contract_version"] == "1.0"
    assert judged.exit_code == 0
