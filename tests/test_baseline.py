"""A baseline: what it accepts of a result and what not, how a run brings it up to date, and its file."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from pathlib import Path

import jsonschema
import pytest
import yaml

from contract import baseline_file
from contract.baseline import PLACEHOLDER, BadBaseline, Baseline, unexplained, updated, write_updated
from contract.baseline_file import read_baseline, require_writable, write_baseline
from contract.requirement import Level, Requirement
from contract.signature import Signature
from contract.verdict import Accounted, Entry, EntryState, Result, Run, Status, ViolationReport

SCHEMA = json.loads(Path(baseline_file.__file__).with_name("baseline.schema.json").read_text(encoding="utf-8"))
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA, format_checker=jsonschema.FormatChecker())
TODAY = date(2030, 6, 15)
GONE, DEAD = Signature("It is gone."), Signature("It is dead.", "body {", "404", "200")
IDS = ("delete.gone", "list.order", "race.list")


def result(
    status: Status, *found: Signature, id: str = "delete.gone", level: Level = "MUST", **members: object
) -> Result:
    """A result with violations of these signatures."""
    violations = tuple(ViolationReport(s.message, "404", "200", (), signature=s) for s in found)
    entry = Requirement(id, level, f"The sentence of {id}.", "", None, "module:law")
    return replace(Result(entry, status, violations=violations), **members)  # type: ignore[arg-type]


def entry(*violations: Signature, id: str = "delete.gone", **members: object) -> Entry:
    """An entry that accepts these violations."""
    return replace(Entry(id, "it is old", violations or (GONE,)), **members)  # type: ignore[arg-type]


def baseline(*entries: Entry) -> Baseline:
    """The entries, today."""
    return Baseline({one.id: one for one in entries}, TODAY)


def state(entry: Entry, found: Result) -> EntryState:
    """What becomes of an entry."""
    ((accounted),) = baseline(entry).account([found])
    return accounted.state


def test_known_violation_is_accepted_and_still_reported() -> None:
    found = result("fail", GONE)

    known = baseline(entry(issue="#12", expires=date(2030, 12, 31))).applied(found)

    assert known.status == "known"
    assert known.violations == found.violations
    assert known.reason == "known: it is old (#12), until 2030-12-31"


def test_known_violation_of_a_should_is_accepted() -> None:
    assert baseline(entry()).applied(result("warn", GONE, level="SHOULD")).status == "known"


@pytest.mark.parametrize("status", ["fail", "warn"])
def test_violation_without_an_entry_stays_what_it_is(status: Status) -> None:
    found = result(status, GONE, id="list.order")

    assert baseline(entry()).applied(found) == found
    assert baseline(entry()).is_true(found)


@pytest.mark.parametrize("status", ["fail", "warn"])
def test_other_violation_of_the_same_requirement_is_not_accepted(status: Status) -> None:
    found = result(status, DEAD)

    applied = baseline(entry()).applied(found)

    assert (applied.status, applied.reason) == (status, "not what the baseline accepts, which is: It is gone.")
    assert not baseline(entry()).is_true(found)


def test_entry_of_what_passes_is_stale() -> None:
    found = result("pass")

    applied = baseline(entry()).applied(found)

    assert (applied.status, applied.reason) == ("pass", "it does not fail any more; remove its entry from the baseline")
    assert not baseline(entry()).is_true(found)


@pytest.mark.parametrize("found", [result("fail", GONE), result("warn", GONE), result("pass")])
def test_expired_entry_accepts_nothing(found: Result) -> None:
    expired = entry(expires=date(2030, 6, 14))

    applied = baseline(expired).applied(found)

    assert (applied.status, applied.reason) == (found.status, "its entry in the baseline expired on 2030-06-14")
    assert not baseline(expired).is_true(found)


def test_entry_accepts_on_its_last_day() -> None:
    assert state(entry(expires=TODAY), result("fail", GONE)) == "known"


@pytest.mark.parametrize("status", ["blocked", "inconclusive", "skipped", "error"])
@pytest.mark.parametrize("expires", [None, date(2000, 1, 1)])
def test_what_is_not_judged_is_not_absorbed_and_says_nothing_of_its_entry(status: Status, expires: date | None) -> None:
    found = result(status, reason="so it is")
    old = entry(expires=expires)

    assert baseline(old).applied(found) == found
    assert state(old, found) == "unjudged"
    assert baseline(old).is_true(found)


@pytest.mark.parametrize(
    ("accepted", "found", "expected"),
    [
        ((GONE, DEAD), result("fail", GONE), "known"),
        ((GONE, DEAD), result("fail", DEAD, GONE), "known"),
        ((GONE, DEAD), result("pass"), "unseen"),
        ((GONE,), result("fail", DEAD), "changed"),
        ((GONE,), result("fail", GONE, DEAD), "changed"),
    ],
)
def test_intermittent_entry(accepted: tuple[Signature, ...], found: Result, expected: EntryState) -> None:
    assert state(entry(*accepted, intermittent=True), found) == expected


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        (result("fail", GONE, DEAD), "known"),
        (result("fail", GONE), "changed"),
        (result("pass"), "stale"),
    ],
)
def test_entry_that_is_not_intermittent_is_all_or_nothing(found: Result, expected: EntryState) -> None:
    assert state(entry(GONE, DEAD), found) == expected


def test_results_may_be_accounted_for_again() -> None:
    """A requirement that passed may turn out to be broken at the end of a run."""
    stale = baseline(entry()).applied(result("pass"))
    broken = replace(stale, status="fail", violations=result("fail", GONE).violations)

    again = baseline(entry()).applied(baseline(entry()).applied(broken))

    assert (again.status, again.reason) == ("known", "known: it is old")


@pytest.mark.parametrize(
    ("states", "exit_code"),
    [
        (("known", "unseen", "unjudged"), 0),
        (("known", "stale"), 1),
        (("changed",), 1),
        (("expired",), 1),
    ],
)
def test_exit_code(states: tuple[EntryState, ...], exit_code: int) -> None:
    run = Run("http://localhost", "full", [result("pass"), result("known", GONE)])
    run.baseline = tuple(Accounted(entry(), state) for state in states)

    assert run.exit_code == exit_code
    assert run.verdict == ("violating" if exit_code else "conforming")


def test_update_adds_what_fails_and_asks_for_a_reason() -> None:
    after = updated({}, [result("fail", GONE), result("pass", id="list.order")])

    assert after == {"delete.gone": Entry("delete.gone", PLACEHOLDER, (GONE,))}
    assert unexplained(after.values()) == ["delete.gone"]


@pytest.mark.parametrize("status", ["blocked", "inconclusive", "skipped", "error", "pass", "warn"])
def test_update_adds_nothing_else(status: Status) -> None:
    assert updated({}, [result(status, *((GONE,) if status == "warn" else ()))]) == {}


def test_update_keeps_what_people_wrote() -> None:
    old = entry(issue="#12", expires=date(2030, 1, 1))

    assert updated({old.id: old}, [result("known", GONE)]) == {old.id: old}
    assert updated({old.id: old}, [result("fail", DEAD)]) == {old.id: replace(old, violations=(DEAD,))}


def test_update_removes_what_passes() -> None:
    assert updated({"delete.gone": entry()}, [result("pass")]) == {}


@pytest.mark.parametrize("status", ["blocked", "inconclusive", "skipped", "error"])
def test_update_keeps_what_was_not_judged(status: Status) -> None:
    assert updated({"delete.gone": entry()}, [result(status)]) == {"delete.gone": entry()}


def test_update_keeps_the_entry_of_a_should() -> None:
    assert updated({"delete.gone": entry()}, [result("warn", DEAD)]) == {"delete.gone": entry(DEAD)}


def test_update_marks_what_shows_only_at_times() -> None:
    seen = result("fail", GONE)
    once = replace(seen, violations=(replace(seen.violations[0], intermittent=True),))

    assert updated({}, [once])["delete.gone"].intermittent
    assert updated({}, [result("fail", GONE, id="race.list")])["race.list"].intermittent


def test_update_collects_what_an_intermittent_entry_may_be() -> None:
    old = {"delete.gone": entry(GONE, intermittent=True)}

    assert updated(old, [result("fail", DEAD)])["delete.gone"].violations == (DEAD, GONE)
    assert updated(old, [result("pass")]) == old


def test_update_leaves_a_race_that_somebody_calls_steady() -> None:
    old = {"race.list": entry(id="race.list")}

    assert not updated(old, [result("fail", GONE, id="race.list")])["race.list"].intermittent


ENTRIES = {
    "delete.gone": entry(DEAD, GONE, issue="https://example.org/1", expires=date(2030, 12, 31)),
    "list.order": entry(Signature('The "title" is: [...]'), id="list.order", reason="yes"),
    "race.list": entry(id="race.list", reason="Zwei Zeilen,\nauf Übung: # no comment\n", intermittent=True),
}


def test_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_baseline(tmp_path / "baseline.yaml", dict(reversed(ENTRIES.items())))

    assert read_baseline(tmp_path / "baseline.yaml", IDS) == ENTRIES
    assert [file.name for file in tmp_path.iterdir()] == ["baseline.yaml"]


def test_file_word_for_word(tmp_path: Path) -> None:
    write_baseline(tmp_path / "baseline.yaml", ENTRIES)

    lines = (tmp_path / "baseline.yaml").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        "version: 1",
        "known:",
        "  delete.gone:",
        "    reason: it is old",
        "    issue: https://example.org/1",
        "    expires: '2030-12-31'",
        "    violations:",
        "    - message: It is dead.",
        "      request: body {",
        "      expected: '404'",
        "      received: '200'",
        "    - message: It is gone.",
        "  list.order:",
        "    reason: 'yes'",
        "    violations:",
        "    - message: 'The \"title\" is: [...]'",
        "  race.list:",
        "    reason: |",
        "      Zwei Zeilen,",
        "      auf Übung: # no comment",
        "    intermittent: true",
        "    violations:",
        "    - message: It is gone.",
    ]


def test_schema_describes_what_is_written(tmp_path: Path) -> None:
    VALIDATOR.check_schema(SCHEMA)
    for entries in ({}, ENTRIES):
        write_baseline(tmp_path / "baseline.yaml", entries)

        VALIDATOR.validate(yaml.safe_load((tmp_path / "baseline.yaml").read_text(encoding="utf-8")))


EXPIRING = "{version: 1, known: {delete.gone: {reason: r, violations: [{message: m}], expires: 'DAY'}}}"
GOOD = "{reason: it is old, violations: [{message: It is gone.}]}"


@pytest.mark.parametrize(
    "known",
    [
        "",
        f"{{delete.gone: {GOOD}}}",
        "{delete.gone: {reason: r, expires: '2030-12-31', issue: x, intermittent: false, violations: [{message: m}]}}",
    ],
)
def test_good_file(known: str, tmp_path: Path) -> None:
    text = f"version: 1\nknown: {known}\n"
    (tmp_path / "baseline.yaml").write_text(text)

    read_baseline(tmp_path / "baseline.yaml", IDS)

    VALIDATOR.validate(yaml.safe_load(text))


def test_date_needs_no_quotes(tmp_path: Path) -> None:
    members = "{reason: r, expires: 2030-12-31, violations: [{message: m}]}"
    (tmp_path / "baseline.yaml").write_text(f"version: 1\nknown: {{delete.gone: {members}}}")

    assert read_baseline(tmp_path / "baseline.yaml")["delete.gone"].expires == date(2030, 12, 31)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "it has to have version and known, and nothing else."),
        ("[]", "it has to have version and known, and nothing else."),
        ("version: 1", "it has to have version and known, and nothing else."),
        ("{version: 1, known: {}, unknown: {}}", "it has to have version and known, and nothing else."),
        ("{version: 2, known: {}}", "its version is 2, and only 1 is known."),
        ("{version: true, known: {}}", "its version is True, and only 1 is known."),
        ("{version: 1, known: []}", "known has to have requirement ids, each with its entry."),
        (f"{{version: 1, known: {{delte: {GOOD}}}}}", "'delte' is no requirement; task-contract list shows them all."),
        (f"{{version: 1, known: {{7: {GOOD}}}}}", "7 is no requirement; task-contract list shows them all."),
        ("{version: 1, known: {delete.gone: }}", "the entry of delete.gone has no members."),
        ("{version: 1, known: {delete.gone: {reason: r}}}", "delete.gone has no violations."),
        ("{version: 1, known: {delete.gone: {violations: [{message: m}]}}}", "delete.gone has no reason."),
        (
            "{version: 1, known: {delete.gone: {reason: ' ', violations: [{message: m}]}}}",
            "the reason of delete.gone is empty.",
        ),
        (
            "{version: 1, known: {delete.gone: {reason: yes, violations: [{message: m}]}}}",
            "reason of delete.gone is True, which is not text.",
        ),
        (
            "{version: 1, known: {delete.gone: {reason: r, violations: []}}}",
            "the violations of delete.gone are an empty list.",
        ),
        (
            "{version: 1, known: {delete.gone: {reason: r, violations: {message: m}}}}",
            "violations of delete.gone is {'message': 'm'}, which is not a list.",
        ),
        (
            "{version: 1, known: {delete.gone: {reason: r, violations: [m]}}}",
            "a violation of delete.gone has no members.",
        ),
        ("{version: 1, known: {delete.gone: {reason: r, violations: [{received: m}]}}}", "delete.gone has no message."),
        (
            "{version: 1, known: {delete.gone: {reason: r, violations: [{message: m, sent: n}]}}}",
            "'sent' is no member of delete.gone; there are message, request, expected, received.",
        ),
        (
            "{version: 1, known: {delete.gone: {reason: r, expiers: '2030-12-31', violations: [{message: m}]}}}",
            "'expiers' is no member of delete.gone; there are reason, issue, expires, intermittent, violations.",
        ),
        (
            "{version: 1, known: {delete.gone: {reason: r, intermittent: 1, violations: [{message: m}]}}}",
            "intermittent of delete.gone is 1, which is not true or false.",
        ),
        *(
            (
                EXPIRING.replace("DAY", day),
                f"expires of delete.gone is '{day}', which is no date such as 2030-12-31.",
            )
            for day in ("soon", "2030-02-30", "20301231", "2030-12-31T10:00", "")
        ),
    ],
)
def test_bad_file(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "baseline.yaml"
    file.write_text(text)

    with pytest.raises(BadBaseline) as raised:
        read_baseline(file, IDS)

    assert str(raised.value) == f"{file} is no baseline: {message}"
    # The schema knows how ids are written, not which there are.
    assert "no requirement" in message or not VALIDATOR.is_valid(yaml.load(text, yaml.SafeLoader))


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            f"version: 1\nknown:\n  delete.gone: {GOOD}\n  delete.gone: {GOOD}\n",
            "'delete.gone' stands there twice, in line 4 again.",
        ),
        (
            "version: 1\nknown:\n  delete.gone: {reason: a, reason: b, violations: []}\n",
            "'reason' stands there twice, in line 3 again.",
        ),
        ("version: [", "expected the node content, but found '<stream end>', in line 1."),
        ("a: b: c", "mapping values are not allowed here, in line 1."),
        ("version: 1\nknown: !!python/name:os.system\n", "could not determine a constructor for the tag "),
        ("\x01", "it is no YAML."),
        ("[" * 5000, "it is no YAML."),
        ("{version: 1, known: {? [delete.gone] : {}}}", "found unhashable key, in line 1."),
    ],
)
def test_file_that_is_no_yaml(text: str, message: str, tmp_path: Path) -> None:
    file = tmp_path / "baseline.yaml"
    file.write_text(text)

    with pytest.raises(BadBaseline) as raised:
        read_baseline(file, IDS)

    assert str(raised.value).startswith(f"{file} is no baseline: {message}")
    assert "\n" not in str(raised.value)


def test_file_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "latin.yaml").write_bytes(b"version: 1\nknown: {} # \xfc")

    for name, message in (
        ("none.yaml", "cannot be read: No such file or directory."),
        (".", "cannot be read: Is a directory."),
        ("latin.yaml", "is not UTF-8."),
    ):
        with pytest.raises(BadBaseline, match=message):
            read_baseline(tmp_path / name)


def test_file_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "other.yaml").write_text("precious: true")

    for name, message in (
        ("none/baseline.yaml", "cannot be written: .*none is no folder to write to."),
        (".", "cannot be read: Is a directory."),
        ("other.yaml", "is no baseline: it has to have version and known"),
    ):
        with pytest.raises(BadBaseline, match=message):
            require_writable(tmp_path / name, IDS)
    require_writable(tmp_path / "new.yaml", IDS)

    assert [file.name for file in tmp_path.iterdir()] == ["other.yaml"]


def run_of(*results: Result, **members: object) -> Run:
    """A run with these results."""
    return replace(Run("http://localhost", "full", list(results)), **members)  # type: ignore[arg-type]


def test_writing_says_what_is_new(tmp_path: Path) -> None:
    file = tmp_path / "baseline.yaml"
    write_baseline(file, {"delete.gone": entry(), "list.order": entry(id="list.order")})

    note = write_updated(
        file, run_of(result("fail", DEAD), result("pass", id="list.order"), result("fail", GONE, id="race.list"))
    )

    assert note == f"{file} has 2 entries; new: race.list; described anew: delete.gone; removed: list.order."
    assert list(read_baseline(file)) == ["delete.gone", "race.list"]


def test_writing_the_same_again_changes_nothing(tmp_path: Path) -> None:
    file = tmp_path / "baseline.yaml"
    write_updated(file, run_of(result("fail", GONE)))
    before = file.read_bytes()

    note = write_updated(file, run_of(result("known", GONE)))

    assert note == f"{file} has 1 entries; nothing is new."
    assert file.read_bytes() == before


@pytest.mark.parametrize(
    "members",
    [
        {"unreachable": "It never answered."},
        {"stopped": "It was interrupted."},
        {"fault": "It broke."},
        {"results": [result("fail", GONE), result("error", id="list.order")]},
    ],
)
def test_nothing_is_written_after_a_run_that_says_too_little(members: Mapping[str, object], tmp_path: Path) -> None:
    file = tmp_path / "baseline.yaml"
    write_baseline(file, ENTRIES)
    before = file.read_bytes()

    note = write_updated(file, run_of(result("fail", GONE), **members))

    assert note.startswith(f"{file} was not written: ")
    assert file.read_bytes() == before
