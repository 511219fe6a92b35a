"""Ids that start at 1000, have gaps, are random or are burned by refused requests."""

from __future__ import annotations

import random
from itertools import count, cycle

from tests.faults.healthy import LARGEST_ID, Refused
from tests.harmless.base import Harmless, Request, Response


class IdsFrom1000(Harmless):
    """Ids start at 1000."""

    about = "ids"

    def __init__(self) -> None:
        super().__init__()
        self.last_id = 999


class IdsBeyond32Bits(Harmless):
    """Ids cross the largest integer of 32 bits."""

    about = "ids"

    def __init__(self) -> None:
        super().__init__()
        self.last_id = 2**31 - 20


class LargestIds(Harmless):
    """Ids are among the largest that there may be."""

    about = "ids"

    def __init__(self) -> None:
        super().__init__()
        self.last_id = LARGEST_ID - 1_000_000


class IdsWithGaps(Harmless):
    """Ids have gaps of changing size."""

    about = "ids"

    def __init__(self) -> None:
        super().__init__()
        self._steps = cycle((1, 3, 10, 2, 1, 97))

    def new_id(self) -> int:
        self.last_id += next(self._steps)
        return self.last_id


class IdsFarApart(Harmless):
    """Ids are far apart, as those made of the time are."""

    about = "ids"

    def new_id(self) -> int:
        self.last_id += 123_456_789
        return self.last_id


class RandomIds(Harmless):
    """Ids are random."""

    about = "ids"
    largest = LARGEST_ID

    def __init__(self) -> None:
        super().__init__()
        self._random = random.Random(2)
        self._issued: set[int] = set()

    def new_id(self) -> int:
        id = self._random.randint(1, self.largest)
        while id in self._issued:
            id = self._random.randint(1, self.largest)
        self._issued.add(id)
        return id


class SmallRandomIds(RandomIds):
    """Ids are random and small, so that they fall between old ones."""

    largest = 1_000_000


class IdsFromTwoBlocks(Harmless):
    """Two workers issue ids in turn, each from a block of its own."""

    about = "ids"

    def __init__(self) -> None:
        super().__init__()
        self._blocks = cycle((count(1), count(5_000_001)))

    def new_id(self) -> int:
        return next(next(self._blocks))


class IdsCountingDown(Harmless):
    """Each id is less than the one before."""

    about = "ids"

    def __init__(self) -> None:
        super().__init__()
        self.last_id = 50_000_000

    def new_id(self) -> int:
        self.last_id -= 1
        return self.last_id


class BurnedIds(Harmless):
    """A refused creation uses up an id."""

    def create(self, request: Request) -> Response:
        try:
            return super().create(request)
        except Refused:
            self.new_id()
            raise
