"""Ids that requests speak of: as segments of a path, disguised or not, and as the ends of pages."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from contract.tasks import COLLECTION
from contract.transport import Request

SEGMENT = re.compile(re.escape(COLLECTION) + r"/([^/?]*)")
AFTER = re.compile(r"(?<=[?&]after=)[0-9]{1,16}(?=&|$)")
TOKEN = re.compile(r"%[0-9A-Fa-f]{2}|[0-9]+|[^0-9%]+|%")
ID_MEMBER = re.compile(r'(?<="id":)\s*([0-9]{1,16})(?![0-9.eE])')
_NEAR = 8
_FAR = (2**32, 2**53)


@dataclass(frozen=True)
class Mention:
    """An id that a request speaks of, by a number that differs from it by ``offset``."""

    id: int
    offset: int = 0


def mention(number: int, known: Sequence[int], *, is_after: bool) -> Mention | None:
    """The id among those known that a number stands for, ``None`` where it stands for itself.

    A page begins after the id before its first task, or a few before that.
    """
    if number in known:
        return Mention(number)
    if is_after:
        nearest = min((id for id in known if 0 < id - number <= _NEAR), default=None)
        return None if nearest is None else Mention(nearest, number - nearest)
    far = next((Mention(number - offset, offset) for offset in _FAR if number - offset in known), None)
    return far or (Mention(number - 1, 1) if number - 1 in known else None)


def ids_in(request: Request, known: Sequence[int]) -> Iterator[int]:
    """The ids among those known that a request speaks of."""
    for number, is_after in numbers_in(request.path):
        found = mention(number, known, is_after=is_after)
        if found is not None:
            yield found.id


def numbers_in(path: str) -> Iterator[tuple[int, bool]]:
    """The numbers in a path that may stand for ids, each with whether a page begins after it."""
    for segment in SEGMENT.finditer(path):
        yield from ((int(token), False) for token in TOKEN.findall(segment[1]) if is_id(token))
    yield from ((int(found[0]), True) for found in AFTER.finditer(path))


def is_id(token: str) -> bool:
    """Whether a part of a segment may be an id."""
    return token.isascii() and token.isdigit() and len(token) <= 17 and not token.startswith("0")
