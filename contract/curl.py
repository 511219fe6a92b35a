"""Exchanges as command lines: each evidence can be pasted into a POSIX shell, also against another server.

Ids are not written down: a line that creates a task keeps its id in a variable, which the later lines use.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Sequence

from contract.exchange import Exchange, created_id
from contract.transport import Request, Target

_LONG = 400
_RUN = re.compile(r"(.{1,8}?)\1{19,}", re.DOTALL)
_TAKE_ID = """grep -oE '"id" *: *[0-9]+' | grep -oE '[0-9]+'"""


def commands(evidence: Sequence[Exchange], target: Target) -> list[str]:
    """One command line for each exchange, in the same order."""
    names: dict[int, str] = {}
    lines = []
    for position, exchange in enumerate(evidence):
        command = _command(exchange.request, target, names)
        id = created_id(exchange)
        if id is not None and _is_named(id, evidence[position + 1 :]):
            names[id] = f"id{len(names) + 1}"
            command = f"{names[id]}=$({command.replace('curl -si', 'curl -s', 1)} | {_TAKE_ID})"
        lines.append(command)
    return lines


def _is_named(id: int, later: Sequence[Exchange]) -> bool:
    return any(re.search(rf"(?<!\d){id}(?!\d)", exchange.request.path) for exchange in later)


def _command(request: Request, target: Target, names: dict[int, str]) -> str:
    words = ["curl", "-si"]
    if request.method == "HEAD":
        words.append("-I")
    elif request.method != ("GET" if request.body is None else "POST"):
        words += ["-X", shlex.quote(request.method)]
    if re.search(r"[][{}]", request.path):
        words.append("-g")
    if re.search(r"/\.\.?(/|\?|$)", request.path):
        words.append("--path-as-is")
    words.append(_url(target.url + request.path, names))
    for name, value in target.shown_headers:
        words += ["-H", _in_double_quotes(f"{name}: {value}") if "$" in value else shlex.quote(f"{name}: {value}")]
    for name, value in request.headers:
        words += ["-H", shlex.quote(f"{name}: {value}" if value else f"{name};")]
    if request.body is None:
        return " ".join(words)
    if not any(name.lower() == "content-type" for name, _ in request.headers):
        words += ["-H", "Content-Type:"]
    literal = _literal(request.body)
    if literal is not None:
        return " ".join([*words, "--data-raw", literal])
    return f"{_print_body(request.body)} | {' '.join([*words, '--data-binary', '@-'])}"


def _url(url: str, names: dict[int, str]) -> str:
    named = re.sub(r"\d+", lambda m: f"${{{names[int(m[0])]}}}" if _known(m[0], names) else m[0], url)
    return _in_double_quotes(named) if named != url else shlex.quote(url)


def _known(digits: str, names: dict[int, str]) -> bool:
    return len(digits) <= 16 and not digits.startswith("0") and int(digits) in names


def _in_double_quotes(text: str) -> str:
    return '"' + re.sub(r'([\\"`])', r"\\\1", text) + '"'


def _literal(body: bytes) -> str | None:
    """The body as one shell word, ``None`` where it is too long or not plain text."""
    try:
        text = body.decode("utf-8")
    except UnicodeDecodeError:
        return None
    return shlex.quote(text) if len(text) <= _LONG and text.isprintable() else None


def _print_body(body: bytes) -> str:
    """A command that prints the body, runs of the same bytes written once."""
    parts, position = [], 0
    text = body.decode("latin-1")
    for run in _RUN.finditer(text):
        parts += [_printf(text[position : run.start()])] if run.start() > position else []
        parts.append(f"printf '{_octal(run[1])}%.0s' $(seq {len(run[0]) // len(run[1])})")
        position = run.end()
    parts += [_printf(text[position:])] if position < len(text) or not parts else []
    return parts[0] if len(parts) == 1 else "{ " + "; ".join(parts) + "; }"


def _printf(text: str) -> str:
    return f"printf '{_octal(text)}'"


def _octal(text: str) -> str:
    """Latin-1 text for the format of printf, in single quotes: everything but plain ASCII in octal escapes."""
    return "".join(
        c if c.isascii() and c.isprintable() and c not in "%\\'" else f"\\{ord(c):03o}" if c != "%" else "%%"
        for c in text
    )
