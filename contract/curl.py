"""Exchanges as command lines: each evidence can be pasted into a POSIX shell, also against another server.

Ids are not written down: a line that creates a task keeps its id in a variable, which the later lines use.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence
from urllib.parse import urlsplit

from contract.exchange import Exchange, created_id
from contract.shell import escaped, expanded, has_variable, header_word, literal, print_bytes
from contract.transport import Request, Target

_TAKE_ID = """grep -oE '"id" *: *[0-9]+' | grep -oE '[0-9]+'"""
_REFERENCE = re.compile(r"(?<=/)([1-9][0-9]{0,15})(?![0-9])|(?<=[?&]after=)([0-9]{1,16})(?=&|$)")


def commands(evidence: Sequence[Exchange], target: Target) -> list[str]:
    """One command line for each exchange, in the same order."""
    names: dict[int, str] = {}
    lines = []
    for position, exchange in enumerate(evidence):
        id = created_id(exchange)
        is_named = any(id in _ids(later.request.path) for later in evidence[position + 1 :])
        command = _command(exchange.request, target, names, "-s" if is_named else "-si")
        if id is not None and is_named:
            names[id] = f"id{len(names) + 1}"
            command = f"{names[id]}=$({command} | {_TAKE_ID})"
        lines.append(command)
    return lines


def _ids(path: str) -> set[int]:
    """The ids that a path may speak of: that of an item, or that of the last one before a page, or of its first."""
    return {int(found[0]) + more for found in _REFERENCE.finditer(path) for more in ((0,) if found[1] else (0, 1))}


def _command(request: Request, target: Target, names: dict[int, str], flags: str) -> str:
    words = ["curl", flags]
    if request.method == "HEAD":
        words.append("-I")
    elif request.method != ("GET" if request.body is None else "POST"):
        words += ["-X", shlex.quote(request.method)]
    if re.search(r"[][{}]", request.path):
        words.append("-g")
    if re.search(r"/(\.|%2e){1,2}(/|\?|$)", request.path, re.IGNORECASE):
        words.append("--path-as-is")
    words.append(_url(_origin(target.url) if request.rooted else target.url, request.path, names))
    named = {name.lower() for name, _ in request.headers}
    for name, value in [pair for pair in target.shown_headers if pair[0].lower() not in named]:
        words += ["-H", expanded(f"{name}: {value}") if has_variable(value) else header_word(name, value)]
    for name, value in request.headers:
        words += ["-H", header_word(name, value)]
    if request.body is None or request.method == "HEAD":  # curl sends no body with it
        return " ".join(words)
    if "content-type" not in named:
        words += ["-H", "Content-Type:"]
    word = literal(request.body)
    if word is not None:
        return " ".join([*words, "--data-raw", word])
    return f"{print_bytes(request.body)} | {' '.join([*words, '--data-binary', '@-'])}"


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _url(base: str, path: str, names: dict[int, str]) -> str:
    shown, position = escaped(base), 0
    for found in _REFERENCE.finditer(path):
        variable = _variable(found, names)
        if variable:
            shown += escaped(path[position : found.start()]) + variable
            position = found.end()
    return f'"{shown}{escaped(path[position:])}"' if position else shlex.quote(base + path)


def _variable(found: re.Match[str], names: dict[int, str]) -> str | None:
    id = int(found[0])
    if id in names:
        return f"${{{names[id]}}}"
    return f"$(({names[id + 1]} - 1))" if found[2] and id + 1 in names else None
