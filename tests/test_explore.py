"""Exploring: other cases by each seed, the same ones by the same seed, and a memory that a gate tries first."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import strategies as st
from hypothesis.database import InMemoryExampleDatabase

from contract import generated, rounds
from contract.api import Api
from contract.exchange import Evidence
from contract.expect import Violation
from contract.explore import MORE, BadOption, Exploration, chosen, open_memory, seconds_of
from contract.generated import Finding, Findings, findings
from contract.judge import judge
from contract.property import examples
from contract.requirement import catalogue, law_of
from contract.rounds import Rounds, both, is_drawn
from contract.session import Session
from contract.transport import Request
from contract.transport.wsgi import WsgiTarget
from contract.verdict import Result, Status
from tests.faults.healthy import Healthy
from tests.hosts import DeletesZAgain
from tests.targets import ROOT, dead_port, run_suite

ENTRIES = {entry.id: entry for entry in catalogue()}
FOUND = "delete.idempotent"
COUNT = 5


def session_of(exploration: Exploration | None = None, server: Healthy | None = None) -> Session:
    """A session with a server in this process."""
    return Session(WsgiTarget(server or Healthy()), exploration=exploration)


def cases(exploration: Exploration | None, broken_at: int | None = None) -> list[int]:
    """The numbers that a law is tried with; from ``broken_at`` on it is broken."""
    seen: list[int] = []

    @examples(COUNT, number=st.integers(0, 10**6))
    def law(api: Api, number: int) -> None:
        seen.append(number)
        if broken_at is not None and number >= broken_at:
            raise Violation("It is broken.", expected="less", received=str(number))

    try:
        law(Api(session_of(exploration)))
    except Violation:
        assert broken_at is not None
    return seen


def verdict(exploration: Exploration | None, server: Healthy) -> Status:
    """What is said of a server by the law that needs exploring to be broken."""
    return judge(ENTRIES[FOUND], law_of(ENTRIES[FOUND]), session_of(exploration, server)).status


def test_gate_takes_the_same_cases_each_time() -> None:
    assert cases(None) == cases(None) == cases(Exploration())


def test_gate_with_an_empty_memory_takes_the_same_cases() -> None:
    assert cases(Exploration(memory=InMemoryExampleDatabase())) == cases(None)


def test_seed_repeats_its_cases() -> None:
    assert cases(Exploration(True, 7)) == cases(Exploration(True, 7))


def test_seeds_differ() -> None:
    assert cases(Exploration(True, 7)) != cases(Exploration(True, 8))


def test_rounds_differ() -> None:
    assert cases(Exploration(True, 7, round=1)) == cases(Exploration(True, 8))


def test_exploring_takes_more_cases() -> None:
    assert len(cases(None)) == COUNT
    assert len(cases(Exploration(True, 7))) == MORE * COUNT


def test_what_was_found_comes_first_in_the_next_gate() -> None:
    memory = InMemoryExampleDatabase()
    cases(Exploration(True, 7, memory), broken_at=900_000)

    seen = cases(Exploration(memory=memory), broken_at=900_000)

    assert seen[0] >= 900_000


def test_what_is_not_found_again_is_forgotten() -> None:
    memory = InMemoryExampleDatabase()
    cases(Exploration(True, 7, memory), broken_at=900_000)
    for _ in range(10):
        cases(Exploration(memory=memory))

    assert cases(Exploration(memory=memory)) == cases(None)


def test_laws_have_memories_of_their_own() -> None:
    memory = InMemoryExampleDatabase()
    for law in ("one", "other"):
        database = Exploration(memory=memory).database(law)
        assert database is not None
        database.save(b"a digest of the source", law.encode())
        database.save(b"a digest of the source.secondary", b"more")

    again = Exploration(memory=memory).database("one")
    assert again is not None
    assert set(again.fetch(b"another digest")) == {b"one"}
    assert set(again.fetch(b"another digest.secondary")) == {b"more"}
    again.delete(b"another digest", b"one")
    assert set(again.fetch(b"a digest of the source")) == set()


def test_fault_that_takes_exploring(tmp_path: Path) -> None:
    kept = open_memory(str(tmp_path))

    assert verdict(None, DeletesZAgain()) == "pass"
    assert verdict(Exploration(memory=kept), DeletesZAgain()) == "pass"
    assert verdict(Exploration(True, 1, kept), DeletesZAgain()) == "fail"
    assert verdict(Exploration(memory=kept), DeletesZAgain()) == "fail"
    assert verdict(None, DeletesZAgain()) == "pass"
    assert verdict(Exploration(memory=kept), Healthy()) == "pass"


@pytest.fixture
def passes(monkeypatch: pytest.MonkeyPatch) -> list[int | None]:
    """The seeds of the passes of schemathesis, of which those by an odd seed find something."""
    seeds: list[int | None] = []

    def explore_(api: Api, seed: int | None) -> Findings:
        seeds.append(seed)
        exchange = api.session.attempt(Request("GET", "/tasks"))
        finding = Finding("openapi.status", "It is odd.", "an even one", exchange, Evidence.of((exchange,)), ())
        return Findings((finding,) if seed is not None and seed % 2 else (), {"openapi.status": 1})

    monkeypatch.setattr(generated, "_explore", explore_)
    return seeds


def test_seed_that_finds_something_is_tried_again(passes: list[int | None]) -> None:
    memory = InMemoryExampleDatabase()
    for seed in (7, 8):
        findings(Api(session_of(Exploration(True, seed, memory))))
    exploring = list(passes)
    passes.clear()

    found = findings(Api(session_of(Exploration(memory=memory))))

    assert exploring == [7, 7]
    assert passes == [7]
    assert found.found[0].message == "It is odd."


def test_seed_that_finds_nothing_any_more_is_forgotten(passes: list[int | None]) -> None:
    exploration = Exploration(memory=InMemoryExampleDatabase())
    exploration.keep_seed("openapi", 8)

    findings(Api(session_of(exploration)))

    assert passes == [8, None]
    assert exploration.seeds("openapi") == []


def test_each_round_has_a_pass_of_its_own(passes: list[int | None]) -> None:
    session = session_of(Exploration(True, 8))
    for round_ in (0, 0, 2, 2):
        session.exploration.round = round_
        findings(Api(session))

    assert passes == [8, 10]


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90), ("10m", 600), ("2h", 7200), ("0.5h", 1800), ("1.5s", 1.5)])
def test_durations(text: str, seconds: float) -> None:
    assert seconds_of(text) == seconds


@pytest.mark.parametrize("text", ["", "10", "m", "0s", "0.0h", "-1m", "1d", "1e3s", "1 m", "1m30s", "inf", "٣m"])
def test_no_durations(text: str) -> None:
    with pytest.raises(BadOption, match=r"is no duration; write 90s, 10m or 2h\.$"):
        seconds_of(text)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"seed": 7}, "A gate takes the same cases each time; --seed needs --explore."),
        ({"duration": "10m"}, "A gate is run once; --for needs --explore."),
        ({"on": True, "seed": 0}, "A seed is an integer from 1 to 2^63-1, not 0."),
        ({"on": True, "seed": -1}, "A seed is an integer from 1 to 2^63-1, not -1."),
        ({"on": True, "duration": "long"}, "'long' is no duration; write 90s, 10m or 2h."),
        ({"examples": __file__}, f"Examples are kept in a folder, and {__file__} is none."),
    ],
)
def test_wrong_options(options: dict[str, Any], message: str) -> None:
    with pytest.raises(BadOption) as caught:
        chosen(**{"on": False, "seed": None, "duration": None, "examples": None, **options})

    assert str(caught.value) == message


def test_seed_is_chosen_at_random() -> None:
    seeds = {chosen(on=True, seed=None, duration=None, examples=None).seed for _ in range(20)}

    assert len(seeds) > 15
    assert min(seeds) > 0


def test_redis_that_is_not_there() -> None:
    pytest.importorskip("redis")

    with pytest.raises(BadOption, match=r"^There is no Redis at redis://127\.0\.0\.1:\d+/0 \(.+\)\.$") as caught:
        open_memory(f"redis://user:secret@127.0.0.1:{dead_port()}/0")

    assert "secret" not in str(caught.value)


class Scripted:
    """Judges by a script: the statuses of each requirement in turn, each after so many seconds."""

    def __init__(self, **statuses: list[Status]) -> None:
        self._statuses = statuses
        self.judged: list[tuple[str, int]] = []

    def __call__(self, entry: Any, law: Callable[[Api], None], session: Session) -> Result:
        self.judged.append((entry.id, session.exploration.round))
        return Result(entry, self._statuses[entry.topic].pop(0), requests=1, seconds=0.5)


def go_on(
    monkeypatch: pytest.MonkeyPatch, results: list[Result], ticks: int, **statuses: list[Status]
) -> list[tuple[str, int]]:
    """Let rounds follow, for so many looks at the clock; what was judged, in which round."""
    clock = itertools.chain(iter([0.0] * (ticks + 1)), itertools.repeat(100.0))
    judge_ = Scripted(**statuses)
    monkeypatch.setattr(rounds, "judge", judge_)
    monkeypatch.setattr(rounds, "time", SimpleNamespace(monotonic=lambda: next(clock)))
    after = Rounds(10.0, session_of(Exploration(True, 1)), results, lambda reason: None)
    while after._go_round():
        pass
    return judge_.judged


def test_rounds_go_on_until_the_time_is_over(monkeypatch: pytest.MonkeyPatch) -> None:
    results = [Result(ENTRIES["race.create"], "pass"), Result(ENTRIES["create.once"], "pass")]

    judged = go_on(monkeypatch, results, 3, race=["pass"] * 10)

    assert judged == [("race.create", 1), ("race.create", 2), ("race.create", 3)]
    assert (results[0].requests, results[0].seconds) == (3, 1.5)


def test_what_a_later_round_finds_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    results = [Result(ENTRIES["race.create"], "pass"), Result(ENTRIES["openapi.status"], "pass")]

    go_on(monkeypatch, results, 5, race=["pass", "fail"], openapi=["pass", "pass", "pass"])

    assert [result.status for result in results] == ["fail", "pass"]


def test_rounds_end_where_nothing_is_left_to_judge(monkeypatch: pytest.MonkeyPatch) -> None:
    results = [Result(ENTRIES["race.create"], "fail"), Result(ENTRIES["create.once"], "pass")]

    assert go_on(monkeypatch, results, 100) == []


@pytest.mark.parametrize(
    ("earlier", "later", "worse"),
    [
        ("pass", "pass", "pass"),
        ("pass", "fail", "fail"),
        ("pass", "inconclusive", "inconclusive"),
        ("inconclusive", "pass", "inconclusive"),
        ("blocked", "error", "error"),
        ("inconclusive", "fail", "fail"),
    ],
)
def test_worse_of_two(earlier: Status, later: Status, worse: Status) -> None:
    entry = ENTRIES["race.create"]

    assert both(Result(entry, earlier), Result(entry, later)).status == worse


def test_what_other_rounds_may_show() -> None:
    drawn = {entry.id for entry in catalogue() if is_drawn(entry)}

    assert {"delete.idempotent", "update.idempotent", "state.model", "race.list", "openapi.status"} <= drawn
    assert "create.once" not in drawn


def test_run_explores_and_says_by_which_seed() -> None:
    judged = run_suite(
        "wsgi:reference_app:create_app()", "--explore", "--seed=7", "--for=3s", f"--only={FOUND}", folder=ROOT
    )

    assert judged.exit_code == 0, judged.stdout
    assert judged.report is not None
    assert judged.report["seed"] == 7
    assert judged.report["seconds"] >= 3
    assert judged.stdout.startswith("seed 7\n")
    assert "Explored with the seed 7." in judged.stdout


def test_run_replays_what_was_explored(tmp_path: Path) -> None:
    options = ("wsgi:tests.hosts:DeletesZAgain()", f"--only={FOUND}", f"--examples={tmp_path}")

    before = run_suite(*options, folder=ROOT)
    explored = run_suite(*options, "--explore", "--seed=1", folder=ROOT)
    after = run_suite(*options, folder=ROOT)

    assert [judged.exit_code for judged in (before, explored, after)] == [0, 1, 1]
    assert after.report is not None
    assert after.report["seed"] == 0


@pytest.mark.parametrize(
    "options",
    [
        ["--seed=7"],
        ["--for=10m"],
        ["--explore", "--for=long"],
        ["--explore", "--seed=0"],
        ["-n", "2"],
        ["--explore", "-n", "0"],
        [f"--examples={__file__}"],
    ],
    ids=" ".join,
)
def test_wrong_usage(options: list[str]) -> None:
    judged = run_suite("wsgi:reference_app:create_app()", *options, folder=ROOT)

    assert (judged.exit_code, judged.stdout, judged.report) == (2, "", None)
    assert len(judged.stderr.strip().splitlines()) == 1
    assert judged.stderr.strip().endswith(".")
