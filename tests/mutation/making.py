"""The mutants of the reference server: each operator of cosmic-ray and each of our own, wherever it applies."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from itertools import count
from pathlib import Path
from typing import Any

from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

from reference_app import create_app
from tests.mutation.mutant import Mutant, behaviour, mutant
from tests.mutation.operators import OWN

PACKAGE = Path(__file__).parent.parent.parent / "reference_app"


def all_mutants() -> list[Mutant]:
    """The mutants of every module that an application in memory imports, in the order of their lines."""
    create_app()
    names = sorted(name for name in sys.modules if name.partition(".")[0] == PACKAGE.name)
    files = [PACKAGE / f"{name.partition('.')[2] or '__init__'}.py" for name in names]
    return [found for file in files for found in mutants_of(file.stem, file.read_text(encoding="utf-8"))]


def mutants_of(module: str, source: str) -> list[Mutant]:
    """The mutants of one module; of those that run alike only the first, and none that runs like the original."""
    seen = {behaviour(source), None}
    mutants = []
    for name, operator in _operators():
        for mutated in applied(operator, source):
            if (form := behaviour(mutated)) not in seen:
                seen.add(form)
                mutants.append(mutant(module, name, source, mutated))
    return sorted(mutants, key=lambda found: found.line)


def applied(operator: Any, source: str) -> Iterator[str]:
    """The texts that an operator makes of a text, one for each place where it applies."""
    for occurrence in count():
        mutated: str | None = mutate_code(source, operator, occurrence)
        if mutated is None:
            return
        yield mutated


def _operators() -> Iterator[tuple[str, Any]]:
    for name in operator_names():
        operator = get_operator(name)
        # Those with arguments replace variables by random numbers.
        if not operator.arguments():
            yield name.partition("/")[2], operator()
    for own in OWN:
        yield own.__name__, own()
