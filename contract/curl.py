"""Exchanges as command lines: each evidence can be pasted into a POSIX shell, also against another server.

Ids and entity tags are not written down: a line keeps them in a variable, which the later lines use.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from urllib.parse import quote, unquote, urlsplit

from contract.corpora.ids import DIGITS
from contract.exchange import Exchange, created_id
from contract.shell import escaped, expanded, has_variable, header_word, literal, octal, print_bytes
from contract.tags import names_tag, tag_in, with_tags
from contract.transport import Request, Target

_TAKE_ID = """grep -oE '"id" *: *[0-9]+' | grep -oE '[0-9]+'"""
_TAKE_TAG = """grep -i '^etag:' | cut -d '"' -f 2"""
_REFERENCE = re.compile(r"(?<=/)([1-9][0-9]{0,15})(?![0-9])|(?<=[?&]after=)([0-9]{1,16})(?=&|$)")
_MOST = 12
_FEW = 6


def commands(evidence: Sequence[Exchange], target: Target) -> list[str]:
    """Command lines for the exchanges, in the same order.

    Those that were sent at the same moment go on in the background, and many creations in a row are one line. Of more
    than a dozen steps the first and the last are given.
    """
    steps = list(_steps(evidence))
    shown = steps[: _MOST // 2] + steps[_MOST // 2 :][-_MOST // 2 :]
    return list(_Commands([exchange for step in shown for exchange in step], target))


def _steps(evidence: Sequence[Exchange]) -> Iterator[Sequence[Exchange]]:
    """The exchanges that stand together: those of the same moment, many creations in a row, else each by itself."""
    position = 0
    while position < len(evidence):
        rest = evidence[position:]
        count = _creations_in_a_row(rest)
        if rest[0].together:
            count = next((i for i, e in enumerate(rest) if e.together != rest[0].together), len(rest))
        elif count < _FEW:
            count = 1
        yield rest[:count]
        position += count


def _creations_in_a_row(exchanges: Sequence[Exchange]) -> int:
    """How many creations stand at the beginning whose tasks nothing names later."""
    for count, exchange in enumerate(exchanges):
        is_plain = created_id(exchange) is not None and not exchange.together and exchange.written is None
        if not is_plain or _is_named(created_id(exchange), exchanges[count + 1 :]):
            return count
    return len(exchanges)


class _Commands:
    """Writes one exchange after the other, and knows in which variables the lines so far keep what."""

    def __init__(self, evidence: Sequence[Exchange], target: Target) -> None:
        self._evidence = evidence
        self._target = target
        self._ids: dict[int, str] = {}
        self._tags: dict[str, str] = {}

    def __iter__(self) -> Iterator[str]:
        position = 0
        for step in _steps(self._evidence):
            position += len(step)
            if step[0].together:
                yield from (f"{self._command(exchange.request, '-si')} &" for exchange in step)
                yield "wait"
            elif len(step) > 1:
                yield f"for n in $(seq {len(step)}); do {self._command(step[0].request, '-s -o /dev/null')}; done"
            else:
                yield from self._lines(step[0], self._evidence[position:])

    def _lines(self, exchange: Exchange, later: Sequence[Exchange]) -> Iterator[str]:
        if exchange.written is not None:
            yield self._written(exchange.written, exchange.request)
            return
        id = created_id(exchange)
        is_named = _is_named(id, later)
        tag = tag_in(exchange)
        keeps_tag = tag is not None and tag not in self._tags and any(names_tag(e.request.headers, tag) for e in later)
        command = self._command(exchange.request, "-s" if is_named or (keeps_tag and id is not None) else "-si")
        if id is not None and (is_named or keeps_tag):
            self._ids[id] = f"id{len(self._ids) + 1}"
            command = f"{self._ids[id]}=$({command} | {_TAKE_ID})"
        yield command
        path = exchange.request.path if id is None else f"{exchange.request.path}/{id}"
        if tag is not None and keeps_tag:
            self._tags[tag] = f"tag{len(self._tags) + 1}"
            yield f"{self._tags[tag]}=$({self._command(Request('HEAD', path), '-s')} | {_TAKE_TAG})"

    def _command(self, request: Request, flags: str) -> str:
        target = self._target
        words = ["curl", flags]
        if request.method == "HEAD":
            words.append("-I")
        elif request.method != ("GET" if request.body is None else "POST"):
            words += ["-X", shlex.quote(request.method)]
        if re.search(r"[][{}]", request.path):
            words.append("-g")
        if re.search(r"/(\.|%2e){1,2}(/|\?|$)", request.path, re.IGNORECASE):
            words.append("--path-as-is")
        words.append(self._url(_origin(target.url) if request.rooted else target.url, request.path))
        named = {name.lower() for name, _ in request.headers}
        for name, value in [pair for pair in target.shown_headers if pair[0].lower() not in named]:
            words += ["-H", expanded(f"{name}: {value}") if has_variable(value) else header_word(name, value)]
        for name, value in request.headers:
            words += ["-H", self._header(name, value)]
        if request.body is None or request.method == "HEAD":  # curl sends no body with it
            return " ".join(words)
        if "content-type" not in named:
            words += ["-H", "Content-Type:"]
        word = literal(request.body)
        if word is not None:
            return " ".join([*words, "--data-raw", word])
        return f"{print_bytes(request.body)} | {' '.join([*words, '--data-binary', '@-'])}"

    def _header(self, name: str, value: str) -> str:
        if value.isascii() and any(names_tag(((name, value),), tag) for tag in self._tags):
            return f'"{name}: {with_tags(escaped(value), self._tags)}"'
        return header_word(name, value)

    def _url(self, base: str, path: str) -> str:
        disguised = _in_other_digits(path)
        if disguised is not None and disguised[0] in self._ids:
            id, prefix = disguised
            digits = f"$(echo ${{{self._ids[id]}}} | sed 's/./{prefix}&/g')"
            return f'"{escaped(base + path.rpartition("/")[0])}/{digits}"'
        shown, position = escaped(base), 0
        for found in _REFERENCE.finditer(path):
            variable = self._variable(found)
            if variable:
                shown += escaped(path[position : found.start()]) + variable
                position = found.end()
        return f'"{shown}{escaped(path[position:])}"' if position else shlex.quote(base + path)

    def _variable(self, found: re.Match[str]) -> str | None:
        id = int(found[0])
        if id in self._ids:
            return f"${{{self._ids[id]}}}"
        return f"$(({self._ids[id + 1]} - 1))" if found[2] and id + 1 in self._ids else None

    def _written(self, data: bytes, request: Request) -> str:
        """Bytes that are no whole request: curl's telnet writes them as they are, and closes the connection."""
        parts = urlsplit(self._target.url)
        text, place, variables = data.decode("latin-1"), f" {parts.path}{request.path} ", ""
        for id, name in self._ids.items():
            if request.path.endswith(f"/{id}"):
                text = text.replace(place, place.replace(f"/{id} ", "/\1 "), 1)
                variables = f' "${{{name}}}"'
        shown = octal(text).replace("\\001", "%s")
        return f"printf '{shown}'{variables} | curl -s -m 1 telnet://{parts.netloc}"


def _is_named(id: int | None, later: Sequence[Exchange]) -> bool:
    return any(id in _ids(exchange.request.path) for exchange in later)


def _ids(path: str) -> set[int]:
    """The ids that a path may speak of: that of an item, or that of the last one before a page, or of its first."""
    disguised = _in_other_digits(path)
    plain = {int(found[0]) + more for found in _REFERENCE.finditer(path) for more in ((0,) if found[1] else (0, 1))}
    return plain | ({disguised[0]} if disguised is not None else set())


def _in_other_digits(path: str) -> tuple[int, str] | None:
    """The id that the last segment of a path writes in digits of another script, and what stands before each of them.

    Only where the percent-encoded digit ends in the digit itself; a line of sed cannot write the others.
    """
    text = unquote(path.rpartition("/")[2], errors="replace")
    for digits in DIGITS if text and not text.isascii() else ():
        number = "".join(str(digits.find(character)) for character in text)
        prefix = quote(digits[0])[:-1]
        if number.isdigit() and all(quote(digit) == f"{prefix}{value}" for value, digit in enumerate(digits)):
            return int(number), prefix
    return None


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
