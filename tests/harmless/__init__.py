"""Harmless differences: the conforming server with one choice made otherwise, one module per kind of choice.

A variant is a subclass of ``Harmless`` or ``Served`` with a one-sentence docstring that says what differs. It breaks no
sentence of the contract, so no requirement may accuse it. Variants combine by inheritance, but for those that are
``about`` the same. Nothing is registered anywhere else.
"""

from __future__ import annotations

import importlib
import pkgutil
import random
from collections.abc import Iterator
from itertools import combinations

from tests.harmless.base import Harmless

SEED = 0


def all_variants() -> list[type[Harmless]]:
    """Every variant that this machine can serve, by module and in the order of its file."""
    for module in pkgutil.iter_modules(__path__):
        importlib.import_module(f"{__name__}.{module.name}")
    found = dict.fromkeys(variant for variant in _below(Harmless) if variant.__doc__ and variant.is_possible())
    return sorted(found, key=lambda variant: variant.__module__)


def mixtures(count: int) -> list[type[Harmless]]:
    """So many servers that mix variants, the same in each run: pairs at random, and triples when all pairs are used."""
    variants = [variant for variant in all_variants() if variant.combines]
    draw = random.Random(SEED)
    pairs = [pair for pair in combinations(variants, 2) if _differ(pair)]
    draw.shuffle(pairs)
    numbers = (sorted(draw.sample(range(len(variants)), 3)) for _ in range(4 * count))
    triples = (tuple(variants[number] for number in three) for three in numbers)
    distinct = dict.fromkeys(triple for triple in triples if _differ(triple))
    return [mixed(*kinds) for kinds in [*pairs, *distinct][:count]]


def mixed(*kinds: type[Harmless]) -> type[Harmless]:
    """The server that makes the choices of all these variants."""
    return type("+".join(kind.__name__ for kind in kinds), kinds, {"__doc__": None})


def parts(kind: type[Harmless]) -> list[type[Harmless]]:
    """The variants that a server mixes; a variant itself is its only part."""
    return [kind] if kind.__doc__ else [base for base in kind.__bases__ if issubclass(base, Harmless)]


def _differ(kinds: tuple[type[Harmless], ...]) -> bool:
    topics = [kind.about or kind.__name__ for kind in kinds]
    return len(set(topics)) == len(topics)


def _below(kind: type[Harmless]) -> Iterator[type[Harmless]]:
    for variant in kind.__subclasses__():
        if variant.__module__ != f"{__name__}.base":
            yield variant
        yield from _below(variant)
