"""Broken servers: the healthy one and a small override each, one module per topic of the requirement ids.

A fault is a subclass of ``Fault`` with a one-sentence docstring that says what is wrong. ``breaks`` names the
requirement whose law catches it, ``also`` those that it cannot help breaking too. Nothing is registered anywhere else.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator

from tests.faults.healthy import Healthy, Request


class Fault(Healthy):
    """A conforming server but for what a subclass overrides."""

    breaks: str
    also: tuple[str, ...] = ()

    def __init__(self) -> None:
        super().__init__()
        self._workers: dict[str, int] = {}

    def worker(self, request: Request) -> int:
        """Which of two workers, 0 or 1, has the connection of a request: they take connections in turn.

        Ports do not tell: Linux gives clients even ones only, where there are enough.
        """
        return self._workers.setdefault(request.connection, len(self._workers) % 2)


def all_faults() -> list[type[Fault]]:
    """Every fault, by module and in the order of its file."""
    for module in pkgutil.iter_modules(__path__):
        if module.name == "__main__":
            continue
        importlib.import_module(f"{__name__}.{module.name}")
    return sorted(_below(Fault), key=lambda fault: fault.__module__)


def _below(kind: type[Fault]) -> Iterator[type[Fault]]:
    for fault in kind.__subclasses__():
        if "breaks" in vars(fault):
            yield fault
        yield from _below(fault)
