"""Spellings of a chunked body, all of which RFC 9112 7.1 allows."""

from __future__ import annotations

from collections.abc import Callable

from contract.tasks import BODY_LIMIT
from contract.wire import chunked

_MANY = 1000
"""So many chunks of one byte each."""

Cut = Callable[[bytes], list[bytes]]
"""Cuts a body into chunks, which are followed by the last chunk."""


def _halves(body: bytes) -> list[bytes]:
    return [body[: len(body) // 2], body[len(body) // 2 :]]


def single_chunk(body: bytes) -> list[bytes]:
    return chunked([body])


def two_chunks(body: bytes) -> list[bytes]:
    return chunked(_halves(body))


def _single_bytes(body: bytes) -> list[bytes]:
    return chunked([*(body[start : start + 1] for start in range(_MANY)), body[_MANY:]])


def _with_extensions(body: bytes) -> list[bytes]:
    return chunked(_halves(body), extension=';name="a value"')


def _with_trailer(body: bytes) -> list[bytes]:
    return chunked([body], trailer="X-Checksum: none\r\n")


def _with_capital_digits(body: bytes) -> list[bytes]:
    return chunked([body[start : start + 0xAB] for start in range(0, len(body), 0xAB)], size="X")


def _with_leading_zeros(body: bytes) -> list[bytes]:
    return chunked([body], size="06x", last="000")


def _of_the_longest_length(body: bytes) -> list[bytes]:
    return chunked([body.ljust(BODY_LIMIT)])


CUTS: tuple[tuple[str, Cut], ...] = (
    ("chunked", two_chunks),
    ("Chunked", single_chunk),
    ("chunked", _single_bytes),
    ("chunked", _with_extensions),
    ("chunked", _with_trailer),
    ("chunked", _with_capital_digits),
    ("chunked", _with_leading_zeros),
    ("chunked", _of_the_longest_length),
)
"""Spellings of the coding, and ways to cut a body into chunks."""
