"""A mutant as data: where it differs from the original, and whether it does so at all when it runs."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent
from typing import Literal, NamedTuple

Outcome = Literal["killed", "timed out", "survived"]


class Change(NamedTuple):
    """The lines that a mutant has in place of others; it has no line numbers, so that code around it may move."""

    where: str
    old: str
    new: str


@dataclass(frozen=True)
class Mutant:
    """A module of the reference server with one change; ``line`` is where the change begins in the original."""

    module: str
    line: int
    operator: str
    change: Change
    source: str


@dataclass(frozen=True)
class Result:
    """What became of a mutant."""

    mutant: Mutant
    outcome: Outcome

    @property
    def survived(self) -> bool:
        """Whether the suite took the mutant for a conforming server."""
        return self.outcome == "survived"


def mutant(module: str, operator: str, original: str, mutated: str) -> Mutant:
    """The mutant whose module has the text ``mutated`` in place of ``original``."""
    before, after = original.splitlines(), mutated.splitlines()
    start = _common(before, after)
    end = _common(before[start:][::-1], after[start:][::-1])
    old, new = before[start : len(before) - end], after[start : len(after) - end]
    # The lines that are gone may begin with empty ones.
    line = start + 1 + next((number for number, text in enumerate(old) if text), 0)
    where = ".".join([module, *_definitions(ast.parse(original), line)])
    return Mutant(module, line, operator, Change(where, _text(old), _text(new)), mutated)


def behaviour(source: str) -> str | None:
    """What tells code apart that may run differently: no annotations, no layout; ``None`` where it is no Python."""
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return None
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef():
                node.returns = None
            case ast.arg():
                node.annotation = None
            case ast.AnnAssign():
                node.annotation = ast.Constant(None)
    return ast.dump(tree)


def _common(before: list[str], after: list[str]) -> int:
    """How many lines both begin with."""
    pairs = enumerate(zip(before, after, strict=False))
    return next((number for number, (old, new) in pairs if old != new), min(len(before), len(after)))


def _text(lines: list[str]) -> str:
    return dedent("\n".join(lines)).strip()


def _definitions(node: ast.AST, line: int) -> Iterator[str]:
    """The names of the classes and functions around a line, decorators included, from the outside in."""
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.ClassDef | ast.FunctionDef):
            continue
        first = min([child.lineno, *(decorator.lineno for decorator in child.decorator_list)])
        if first <= line <= (child.end_lineno or first):
            yield child.name
            yield from _definitions(child, line)
