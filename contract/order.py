"""The order in which requirements are judged: those that find most for their time come first.

What is wrong with a server is so known after a second or two. Reports keep the order of the catalogue.
"""

from __future__ import annotations

from collections.abc import Iterable

from contract.requirement import Requirement

FIRST = (
    *("method.options", "read.missing", "cache.label", "method.405", "media.parameters", "cache.304", "media.type"),
    *("list.filter", "text.exact", "input.unknown", "list.order", "error.shape", "input.details", "cache.etag"),
    *("wire.expect", "wire.nosniff", "wire.incomplete", "wire.framing", "update.replaces", "input.done"),
    *(
        "race.if-match",
        "cache.412",
        "method.head",
        "update.bystanders",
        "delete.bystanders",
        "input.description",
        "list.limit",
    ),
    *("list.next", "input.atomic", "id.syntax", "wire.chunked", "wire.413", "delete.gone", "media.accept"),
    *("input.title", "create.location", "method.override", "text.length", "id.unique", "list.stable"),
)
"""By the number of faults that a law finds and none before it, divided by its time.

Laws that send what a careless server stores and can never show again are not among them: they would break the list for
those that look at what is ordinary.
"""


def judging_order(entries: Iterable[Requirement]) -> list[Requirement]:
    """The entries as they are judged: the first ones, then the others in the order that they come in."""
    rank = {id: number for number, id in enumerate(FIRST)}
    return sorted(entries, key=lambda entry: rank.get(entry.id, len(rank)))
