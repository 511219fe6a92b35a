"""Requirements: the sentences of the contract, each carried by the one law that judges it."""

from __future__ import annotations

import ast
import functools
import importlib
import inspect
import sys
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, TypeVar

from contract import CONTRACT_VERSIONS

Level = Literal["MUST", "SHOULD"]
Law = TypeVar("Law", bound=Callable[..., Any])

TOPICS = (
    *("create", "read", "list", "update", "delete", "id", "text", "input", "json", "media", "method", "cache"),
    *("state", "race", "wire", "openapi", "error", "durable"),
)
"""The topics in the order in which they are reported; a topic is what stands before the dot of an id.

Errors come late: what no other law could judge, because nothing came back, is charged there. Only what kills the server
comes after them.
"""

CORE_TOPICS = frozenset({"create", "read", "update", "delete", "id"})
CORE_IDS = frozenset({"list.complete", "list.order", "error.shape", "error.no-5xx"})


@dataclass(frozen=True)
class Requirement:
    """One sentence of the contract.

    ``law`` names the function that judges it, as ``module:function``; ``since`` is the version of the contract that
    brought it; ``advice`` is what a developer whose server
    breaks the sentence wants to know, empty where the sentence says it all.
    """

    id: str
    level: Level
    sentence: str
    advice: str
    source: str | None
    law: str
    since: str = CONTRACT_VERSIONS[0]

    @property
    def topic(self) -> str:
        """The part of the id before the dot."""
        return self.id.partition(".")[0]

    @property
    def is_core(self) -> bool:
        """Whether the selection ``core`` includes this requirement."""
        return self.topic in CORE_TOPICS or self.id in CORE_IDS


class UnknownVersion(ValueError):
    """There is no such version of the contract."""


class UnknownSelector(ValueError):
    """A selection names something that is no requirement id, no topic and not ``core``."""


def requirement(
    id: str, *, level: Level = "MUST", source: str | None = None, since: str = CONTRACT_VERSIONS[0]
) -> Callable[[Law], Law]:
    """Declare the decorated function to be the law that judges requirement ``id``; every argument is a literal.

    The first paragraph of the function's docstring is the sentence; what follows is advice.
    """

    def attach(law: Law) -> Law:
        place = f"{law.__module__}:{law.__name__}"
        law.requirement = _entry(place, law.__doc__ or "", id, level=level, source=source, since=since)  # type: ignore[attr-defined]
        return law

    return attach


def _entry(
    law: str,
    text: str,
    id: str,
    level: Level = "MUST",
    source: str | None = None,
    since: str = CONTRACT_VERSIONS[0],
) -> Requirement:
    sentence, _, advice = inspect.cleandoc(text).partition("\n\n")
    return Requirement(id, level, " ".join(sentence.split()), " ".join(advice.split()), source, law, since)


def law_of(entry: Requirement) -> Callable[..., None]:
    """The law that judges a requirement."""
    module, _, function = entry.law.partition(":")
    law: Callable[..., None] = getattr(importlib.import_module(module), function)
    return law


def import_laws() -> None:
    """Import every law."""
    for file in _files():
        importlib.import_module(f"contract.laws.{file.stem}")


def catalogue() -> list[Requirement]:
    """Every requirement, by topic, in the order of its law in the topic's file."""
    return list(_catalogue())


@functools.cache
def _catalogue() -> tuple[Requirement, ...]:
    entries = _imported() or read_laws(_files())
    return tuple(sorted(entries, key=lambda entry: TOPICS.index(entry.topic)))


def _imported() -> list[Requirement]:
    """What the laws carry where all of them are imported, else nothing."""
    modules = [sys.modules.get(f"contract.laws.{file.stem}") for file in _files()]
    values = [value for module in modules if module is not None for value in vars(module).values()]
    laws = [value for value in values if isinstance(getattr(value, "requirement", None), Requirement)]
    return [law.requirement for law in laws] if None not in modules else []


def read_laws(files: Iterable[Path]) -> list[Requirement]:
    """The requirements that files of laws declare; raises ``ValueError`` when two laws declare the same id.

    The files are read as text: to import the laws takes far longer.
    """
    found: dict[str, Requirement] = {}
    for entry in (entry for file in files for entry in _declared(file)):
        other = found.setdefault(entry.id, entry)
        if other is not entry:
            raise ValueError(f"{entry.id} is declared by {other.law} and by {entry.law}; an id has one law.")
    return list(found.values())


def _declared(file: Path) -> Iterator[Requirement]:
    functions = (node for node in ast.parse(file.read_bytes()).body if isinstance(node, ast.FunctionDef))
    for law, decorator in ((function, decorator) for function in functions for decorator in function.decorator_list):
        match decorator:
            case ast.Call(func=ast.Name(id="requirement"), args=[id], keywords=options):
                values = {option.arg: ast.literal_eval(option.value) for option in options if option.arg}
                place = f"contract.laws.{file.stem}:{law.name}"
                yield _entry(place, ast.get_docstring(law) or "", ast.literal_eval(id), **values)


def _files() -> list[Path]:
    return sorted(Path(__file__).with_name("laws").glob("test_*.py"))


def of_version(entries: Iterable[Requirement], version: str) -> list[Requirement]:
    """The entries that this version of the contract has; raises ``UnknownVersion``."""
    if version not in CONTRACT_VERSIONS:
        raise UnknownVersion(f"{version!r} is no version of the contract; there are {', '.join(CONTRACT_VERSIONS)}.")
    known = CONTRACT_VERSIONS[: CONTRACT_VERSIONS.index(version) + 1]
    return [entry for entry in entries if entry.since in known]


def select(entries: Iterable[Requirement], only: Iterable[str] = (), skip: Iterable[str] = ()) -> list[Requirement]:
    """The entries named by ``only`` (all where it is empty) without those named by ``skip``.

    A name is a requirement id, a topic or ``core``. Raises ``UnknownSelector`` for any other name.
    """
    everything, only, skip = list(entries), list(only), list(skip)
    chosen = {id for name in only for id in _named(everything, name)} if only else {e.id for e in everything}
    refused = {id for name in skip for id in _named(everything, name)}
    return [entry for entry in everything if entry.id in chosen - refused]


def _named(entries: list[Requirement], name: str) -> set[str]:
    found = {e.id for e in entries if name in (e.id, e.topic) or (name == "core" and e.is_core)}
    if not found:
        raise UnknownSelector(
            f"{name!r} is no requirement; use an id such as delete.gone, a topic ({', '.join(TOPICS)}) or core."
        )
    return found
