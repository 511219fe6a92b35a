"""The history of one resource: whether its operations, which overlap in time, fit some order.

The resource is a register whose values include that it is absent. Values are unique: no two writes have the same, so
that each read tells which write it saw, and a direct check takes the place of a search (Gibbons and Korach, Testing
Shared Memories, 1997, section 4).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

ABSENT = "absent"


@dataclass(frozen=True)
class Operation:
    """A write of a value or a read that saw it, carried out at one moment between ``start`` and ``end``.

    ``label`` is for people, ``source`` for who wants to know where it came from.
    """

    kind: Literal["write", "read"]
    value: str
    start: float
    end: float
    label: str = ""
    source: Any = None


@dataclass(frozen=True)
class _Zone:
    """When the value of some operations was the present one: it was so from ``low`` to ``high``, where that is later.

    ``low`` is when the first of its operations had ended, ``high`` is when the last of them began. Where ``high`` is
    not later, all of them have a moment in common, and the value need not have lasted any longer.
    """

    first: Operation
    last: Operation

    @property
    def low(self) -> float:
        return self.first.end

    @property
    def high(self) -> float:
        return self.last.start

    @property
    def lasts(self) -> bool:
        return self.low < self.high

    @property
    def operations(self) -> tuple[Operation, ...]:
        return (self.first,) if self.first is self.last else (self.first, self.last)


def misfits(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    """A few of the operations on one resource that fit no order; none where all of them do.

    Each value that was seen must have been written, once; nothing follows a write of ``ABSENT``.
    """
    values: dict[str, list[Operation]] = {}
    for operation in operations:
        values.setdefault(operation.value, []).append(operation)
    if any(operation.kind == "write" for operation in values.get(ABSENT, ())):
        forever = float("inf")
        values[ABSENT].append(Operation("read", ABSENT, forever, forever, "absent for good"))
    for same_value in values.values():
        if too_early := _reads_before_the_write(same_value):
            return too_early
    zones = [_zone(same_value) for same_value in values.values()]
    return next(_conflicts(zones), ())


def _reads_before_the_write(operations: Sequence[Operation]) -> tuple[Operation, ...]:
    write = next((operation for operation in operations if operation.kind == "write"), None)
    for read in operations:
        if write is None:
            return (read,)
        if read.end < write.start:
            return (read, write)
    return ()


def _zone(operations: Iterable[Operation]) -> _Zone:
    operations = tuple(operations)
    return _Zone(min(operations, key=lambda o: o.end), max(operations, key=lambda o: o.start))


def _conflicts(zones: Iterable[_Zone]) -> Iterator[tuple[Operation, ...]]:
    """The operations of two values of which one had to last while the other was present."""
    zones = tuple(zones)
    lasting = sorted((zone for zone in zones if zone.lasts), key=lambda zone: zone.low)
    for zone, later in pairwise(lasting):
        if later.low < zone.high:
            yield *zone.operations, *later.operations
    for moment in zones:
        for zone in lasting:
            if not moment.lasts and zone.low < moment.high and moment.low < zone.high:
                yield *zone.operations, *moment.operations
