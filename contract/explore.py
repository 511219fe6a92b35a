"""From a gate to a night of searching: another seed, more cases, and a memory of those that showed something.

A gate takes the same cases each time. Where it is given a memory, what was found before comes first.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from hypothesis.database import DirectoryBasedExampleDatabase, ExampleDatabase

MORE = 10
"""So many times the cases of a gate are tried."""

_MOST_SEEDS = 3
"""So many seeds that found something are tried again."""

_DURATION = re.compile(r"([0-9]{1,6}(?:\.[0-9]{1,6})?)([smh])")
_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_SUBKEYS = (b".secondary", b".pareto")


class BadOption(ValueError):
    """An option of exploring is not what it must be."""


@dataclass
class Exploration:
    """What generated cases derive from: the fixed choice of a gate, or, where it is ``on``, ``seed`` and ``round``."""

    on: bool = False
    seed: int = 0
    memory: ExampleDatabase | None = None
    round: int = 0

    @property
    def present_seed(self) -> int:
        """The seed of this round."""
        return self.seed + self.round

    def database(self, law: str) -> ExampleDatabase | None:
        """Where Hypothesis keeps the cases of a law, ``None`` where nothing is kept."""
        return None if self.memory is None else _OfOneLaw(self.memory, law)

    def remembers(self, law: str) -> bool:
        """Whether cases of a law are kept."""
        database = self.database(law)
        return database is not None and any(any(database.fetch(subkey)) for subkey in (b"", *_SUBKEYS))

    def seeds(self, law: str) -> list[int]:
        """The seeds by which something was found before."""
        found = self.memory.fetch(_key(law)) if self.memory is not None else ()
        return sorted(int(value) for value in found if value.isdigit())[:_MOST_SEEDS]

    def keep_seed(self, law: str, seed: int) -> None:
        """Remember that something was found by this seed."""
        if self.memory is not None:
            self.memory.save(_key(law), str(seed).encode())

    def forget_seed(self, law: str, seed: int) -> None:
        """Nothing is found by this seed any more."""
        if self.memory is not None:
            self.memory.delete(_key(law), str(seed).encode())


class _OfOneLaw(ExampleDatabase):
    """The part of a database that one law has, whatever becomes of its source; Hypothesis makes keys of that."""

    def __init__(self, whole: ExampleDatabase, law: str) -> None:
        super().__init__()
        self._whole = whole
        self._law = _key(law)

    def save(self, key: bytes, value: bytes) -> None:
        self._whole.save(self._named(key), value)

    def fetch(self, key: bytes) -> Iterable[bytes]:
        return self._whole.fetch(self._named(key))

    def delete(self, key: bytes, value: bytes) -> None:
        self._whole.delete(self._named(key), value)

    def _named(self, key: bytes) -> bytes:
        return self._law + next((subkey for subkey in _SUBKEYS if key.endswith(subkey)), b"")


def _key(law: str) -> bytes:
    return f"task-contract {law}".encode()


def chosen(*, on: bool, seed: int | None, duration: str | None, examples: str | None) -> Exploration:
    """What the options of a user amount to; raises ``BadOption``."""
    if not on and seed is not None:
        raise BadOption("A gate takes the same cases each time; --seed needs --explore.")
    if not on and duration is not None:
        raise BadOption("A gate is run once; --for needs --explore.")
    if seed is not None and not 0 < seed < 2**63:
        raise BadOption(f"A seed is an integer from 1 to 2^63-1, not {seed}.")
    if duration is not None:
        seconds_of(duration)
    memory = None if examples is None else open_memory(examples)
    return Exploration(on, 0 if not on else seed or secrets.randbelow(2**31) + 1, memory)


def seconds_of(duration: str) -> float:
    """The seconds of a duration such as 90s, 10m or 2h; raises ``BadOption``."""
    found = _DURATION.fullmatch(duration)
    if found is None or float(found[1]) == 0:
        raise BadOption(f"{duration!r} is no duration; write 90s, 10m or 2h.")
    return float(found[1]) * _SECONDS[found[2]]


def open_memory(place: str) -> ExampleDatabase:
    """The database in a folder, or on Redis at a URL; raises ``BadOption`` where there can be none."""
    if re.match(r"(redis|rediss|unix)://", place):
        return _on_redis(place)
    if Path(place).exists() and not Path(place).is_dir():
        raise BadOption(f"Examples are kept in a folder, and {place} is none.")
    return DirectoryBasedExampleDatabase(place)


def _on_redis(url: str) -> ExampleDatabase:
    # A URL may have a password in it.
    shown = re.sub(r"//[^/@]*@", "//", url)
    try:
        import redis
        from hypothesis.extra.redis import RedisExampleDatabase
    except ImportError:
        raise BadOption("Examples on Redis take the extra redis: pip install 'task-contract[redis]'.") from None
    try:
        server = redis.Redis.from_url(url)
        server.ping()
    except (redis.RedisError, ValueError) as error:
        reason = " ".join(str(error).split()).rstrip(".").replace(url, shown)
        raise BadOption(f"There is no Redis at {shown} ({reason}).") from None
    return RedisExampleDatabase(server)
