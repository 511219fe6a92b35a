"""The harness of the mutation, without running a mutant: how they are described, explained and published."""

from __future__ import annotations

import pytest

from tests.mutation.mutant import Change, Mutant, Outcome, Result, behaviour, mutant
from tests.mutation.publication import OPEN, problems, read_reasons, render, summary

SOURCE = """\
import os

LIMIT = 1


class Store:

    @property
    def size(self) -> int | None:
        if self.tasks:
            return 1
        return 2
"""
REASONS = """\
- reason: >
    Two lines
    of text.
  mutants:
    - {in: views, old: a | b, new: a & b}
    - {in: views.read, old: x, new: ''}
- reason: Another.
  mutants:
    - {in: store, old: "y", new: z}
"""
FIRST, SECOND, THIRD = Change("views", "a | b", "a & b"), Change("views.read", "x", ""), Change("store", "y", "z")


def result(change: Change, outcome: Outcome = "survived", line: int = 1) -> Result:
    """What became of a mutant with this change."""
    return Result(Mutant(change.where.partition(".")[0], line, "Operator", change, ""), outcome)


@pytest.mark.parametrize(
    ("old", "new", "line", "change"),
    [
        ("LIMIT = 1", "LIMIT = 2", 3, Change("domain", "LIMIT = 1", "LIMIT = 2")),
        ("return 2", "pass", 12, Change("domain.Store.size", "return 2", "pass")),
        ("\n    @property", "", 8, Change("domain.Store.size", "@property", "")),
        ("if self.tasks:\n            return 1\n        return 2", "return 1", 10, None),
    ],
)
def test_mutant_names_the_lines_that_differ_and_where_they_are(
    old: str, new: str, line: int, change: Change | None
) -> None:
    found = mutant("domain", "Operator", SOURCE, SOURCE.replace(old, new))

    assert line == found.line
    assert (change or Change("domain.Store.size", old.replace(8 * " ", ""), new)) == found.change


@pytest.mark.parametrize(("old", "new"), [("int | None", "int & None"), ("import os\n", "import os  # why\n")])
def test_annotations_and_layout_are_no_behaviour(old: str, new: str) -> None:
    assert behaviour(SOURCE) == behaviour(SOURCE.replace(old, new))


def test_other_statements_are_another_behaviour_and_what_is_no_python_has_none() -> None:
    assert behaviour(SOURCE) != behaviour(SOURCE.replace("return 2", "return 3"))
    assert behaviour("1 +") is None


def test_reasons_belong_to_changes() -> None:
    assert read_reasons(REASONS) == {FIRST: "Two lines of text.", SECOND: "Two lines of text.", THIRD: "Another."}
    assert read_reasons("[]") == {}


def test_a_change_with_two_reasons_is_refused() -> None:
    with pytest.raises(ValueError, match=r"store: 'y' -> 'z' has two reasons; one is allowed\."):
        read_reasons(REASONS + "- {reason: Third., mutants: [{in: store, old: 'y', new: z}]}\n")


def test_every_survivor_with_a_reason_and_every_reason_with_a_survivor_is_no_problem() -> None:
    results = [result(FIRST), result(SECOND), result(THIRD), result(Change("views", "c", "d"), "killed")]

    assert problems(results, read_reasons(REASONS)) == []


def test_missing_and_stale_reasons_are_problems() -> None:
    results = [result(FIRST), result(SECOND, "killed"), result(Change("views", "c", "d"))]

    assert problems(results, read_reasons(REASONS)) == [
        "views: 'c' -> 'd' survived and has no reason.",
        "store: 'y' -> 'z' has a reason, but is no mutant.",
        "views.read: 'x' -> '' has a reason, but is killed.",
    ]


def test_a_mutant_that_timed_out_has_not_survived() -> None:
    results = [result(FIRST, "timed out"), result(SECOND), result(THIRD)]

    assert summary(results) == "3 mutants, 1 killed, 2 survived."
    assert problems(results, read_reasons(REASONS)) == ["views: 'a | b' -> 'a & b' has a reason, but is timed out."]


def test_the_file_has_the_figures_and_the_survivors_by_reason() -> None:
    results = [
        result(THIRD),
        result(FIRST, line=2),
        result(SECOND, line=3),
        result(Change("views", "c", "d"), "killed"),
    ]

    text = render(results, read_reasons(REASONS))

    assert text.endswith(
        """\
4 mutants, 1 killed, 3 survived.

| module | mutants | killed | survived |
|---|---|---|---|
| `store.py` | 1 | 0 | 1 |
| `views.py` | 3 | 1 | 2 |

## The survivors

Two lines of text.

| line | operator | the reference | the mutant |
|---|---|---|---|
| `views.py` 2 | Operator | `a \\| b` | `a & b` |
| `views.py` 3 | Operator | `x` |  |

Another.

| line | operator | the reference | the mutant |
|---|---|---|---|
| `store.py` 1 | Operator | `y` | `z` |
"""
    )


def test_survivors_without_a_reason_come_first() -> None:
    text = render([result(FIRST), result(Change("views", "c\nd", "e # `f`"))], read_reasons(REASONS))

    assert f"## The survivors\n\n{OPEN}\n" in text
    assert text.index("| `c`<br>`d` | `` e # `f` `` |") < text.index("Two lines")


def test_a_file_without_survivors_has_no_section_of_them() -> None:
    assert "survivors" not in render([result(FIRST, "killed")], {})


@pytest.mark.parametrize(
    ("name", "source", "mutants"),
    [
        ("ReplaceString", 'x = "a", r"b"', ['x = "", r"b"', 'x = "XXaXX", r"b"', 'x = "a", r""', 'x = "a", r"XXbXX"']),
        ("ReplaceString", 'x = "Wrong it is."', ['x = ""']),
        ("RemoveFixedText", 'f"Not {a}."', []),
        ("ReplaceString", 'def f():\n    """Text."""\n', []),
        ("RemoveFixedText", 'f"<{a}>"', ['f"{a}>"', 'f"<{a}"']),
        ("RemoveStatement", "def f():\n    a()\n", ["def f():\n    pass\n"]),
        ("RemoveStatement", "a()\ndef f():\n    pass\n", []),
        ("RemoveKeywordArgument", "f(a, b=1, c=2)", ["f(a, c=2)", "f(a, b=1)"]),
        ("RemoveKeywordArgument", "@f(a=1)\ndef g(): ...\n", ["@f()\ndef g(): ...\n"]),
        ("RemoveKeywordArgument", "f(a, **b)", []),
    ],
)
def test_operators_of_our_own(name: str, source: str, mutants: list[str]) -> None:
    pytest.importorskip("cosmic_ray", reason="only the environment that makes mutants has it")
    from tests.mutation import operators
    from tests.mutation.making import applied

    assert mutants == list(applied(getattr(operators, name)(), source))
