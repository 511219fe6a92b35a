"""The check of histories: known good and bad ones, and small random ones beside a search through all orders."""

from __future__ import annotations

import random
from collections.abc import Sequence
from itertools import permutations

import pytest

from contract.history import ABSENT, Operation, misfits

NEVER = float("inf")


def write(value: str, start: float, end: float) -> Operation:
    return Operation("write", value, start, end, f"write {value}")


def read(value: str, start: float, end: float) -> Operation:
    return Operation("read", value, start, end, f"read {value}")


BORN = write("a", 0, 0)

GOOD = {
    "nothing but a write": [BORN],
    "one after the other": [BORN, read("a", 1, 2), write("b", 3, 4), read("b", 5, 6)],
    "a read during a write sees the old state": [BORN, write("b", 1, 5), read("a", 2, 3), read("b", 4, 6)],
    "a read during a write sees the new state": [BORN, write("b", 1, 5), read("b", 2, 3), read("b", 6, 7)],
    "two writes at once, either may be last": [BORN, write("b", 1, 4), write("c", 2, 3), read("b", 5, 6)],
    "a write that nobody saw": [BORN, write("b", 1, 4), write("c", 2, 3), read("c", 5, 6)],
    "deleted": [BORN, read("a", 1, 2), write(ABSENT, 3, 4), read(ABSENT, 5, 6)],
    "deleted while it is read": [BORN, write(ABSENT, 1, 4), read("a", 2, 3), read(ABSENT, 2, 3)],
    "a write just before the deletion": [BORN, write("b", 1, 3), write(ABSENT, 2, 4), read(ABSENT, 5, 6)],
    "a write that was never answered and happened": [BORN, write("b", 1, NEVER), read("a", 2, 3), read("b", 4, 5)],
}

BAD = {
    "an old state after a new one": [BORN, write("b", 1, 2), read("b", 3, 4), read("a", 5, 6)],
    "an old state after the write has ended": [BORN, write("b", 1, 2), read("a", 3, 4)],
    "a new state, then the old one, during one write": [BORN, write("b", 1, 9), read("b", 2, 3), read("a", 4, 5)],
    "a state before it was written": [BORN, read("b", 1, 2), write("b", 3, 4)],
    "a state that nobody wrote": [BORN, read("x", 1, 2)],
    "two readers disagree about two writes": [
        *(BORN, write("b", 1, 4), write("c", 1, 4)),
        *(read("b", 5, 6), read("c", 7, 8), read("b", 9, 10)),
    ],
    "there again after it was deleted": [BORN, write(ABSENT, 1, 2), read("a", 3, 4)],
    "written after it was deleted": [BORN, write(ABSENT, 1, 2), write("b", 3, 4)],
    "brought back": [BORN, write("b", 1, 4), write(ABSENT, 2, 3), read("b", 5, 6)],
    "absent though nobody deleted it": [BORN, read(ABSENT, 1, 2)],
}


@pytest.mark.parametrize("history", GOOD.values(), ids=GOOD)
def test_good_history_fits(history: list[Operation]) -> None:
    assert misfits(history) == ()


@pytest.mark.parametrize("history", BAD.values(), ids=BAD)
def test_bad_history_does_not_fit(history: list[Operation]) -> None:
    few = misfits(history)

    assert 1 <= len(few) <= 4
    assert all(operation in history or operation.start == NEVER for operation in few)


def test_few_operations_are_named() -> None:
    quiet = [read("a", time, time + 0.5) for time in range(1, 40)]

    few = misfits([BORN, *quiet, write("b", 50, 51), read("b", 52, 53), read("a", 54, 55)])

    assert {operation.label for operation in few} == {"write a", "read a", "write b", "read b"}


def test_check_agrees_with_a_search_through_all_orders() -> None:
    choice = random.Random(7)
    verdicts = []
    for _ in range(3000):
        history = [BORN, *some_operations(choice)]

        fits = misfits(history) == ()

        assert fits == any(is_sequential(order) for order in permutations(history)), history
        verdicts.append(fits)
    assert 500 < sum(verdicts) < 2500


def some_operations(choice: random.Random) -> list[Operation]:
    """At most five operations of short, overlapping times, on few values."""
    operations, unwritten = [], ["b", "c", ABSENT]
    for _ in range(choice.randint(1, 5)):
        start = choice.randint(1, 12)
        end = start + choice.randint(1, 6)
        if unwritten and choice.random() < 0.5:
            operations.append(write(unwritten.pop(choice.randrange(len(unwritten))), start, end))
        else:
            operations.append(read(choice.choice(["a", "b", "c", ABSENT]), start, end))
    return operations


def is_sequential(order: Sequence[Operation]) -> bool:
    """Whether the order keeps to the times, each read sees the write before it, and nothing follows the end."""
    present = None
    for position, operation in enumerate(order):
        if any(later.end < operation.start for later in order[position + 1 :]):
            return False
        if operation.kind == "write":
            if present == ABSENT:
                return False
            present = operation.value
        elif operation.value != present:
            return False
    return True
