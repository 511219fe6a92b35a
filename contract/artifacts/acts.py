"""Exchanges as lines of a script: ids, entity tags and links are taken from the answers that the script gets."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from urllib.parse import quote, unquote, urljoin, urlsplit

from contract.api import COLLECTION
from contract.corpora.ids import DIGITS
from contract.exchange import Exchange, created_id, next_reference
from contract.shell import escaped, expanded, has_variable, header_word, literal, print_bytes
from contract.tags import names_tag, tag_in, with_tags
from contract.transport import Request, Target

_SEGMENT = re.compile(re.escape(COLLECTION) + r"/([^/?]*)")
_AFTER = re.compile(r"(?<=[?&]after=)[0-9]{1,16}(?=&|$)")
_TOKEN = re.compile(r"%[0-9A-Fa-f]{2}|[0-9]+|[^0-9%]+|%")
_ID_MEMBER = re.compile(r'(?<="id":)\s*([0-9]{1,16})(?![0-9.eE])')
_NEAR = 8
_FAR = (2**32, 2**53)
_FEW = 5
_MANY = 20
_MOST_TURNS = 40


@dataclass(frozen=True)
class Mention:
    """An id that a request speaks of, by a number that differs from it by ``offset``."""

    id: int
    offset: int = 0


def mention(number: int, known: Sequence[int], *, is_after: bool) -> Mention | None:
    """The id among those known that a number stands for, ``None`` where it stands for itself.

    A page begins after the id before its first task, or a few before that.
    """
    if number in known:
        return Mention(number)
    if is_after:
        nearest = min((id for id in known if 0 < id - number <= _NEAR), default=None)
        return None if nearest is None else Mention(nearest, number - nearest)
    far = next((Mention(number - offset, offset) for offset in _FAR if number - offset in known), None)
    return far or (Mention(number - 1, 1) if number - 1 in known else None)


def ids_in(request: Request, known: Sequence[int]) -> Iterator[int]:
    """The ids among those known that a request speaks of."""
    for number, is_after in _numbers(request.path):
        found = mention(number, known, is_after=is_after)
        if found is not None:
            yield found.id


def _numbers(path: str) -> Iterator[tuple[int, bool]]:
    for segment in _SEGMENT.finditer(path):
        yield from ((int(token), False) for token in _TOKEN.findall(segment[1]) if _is_id(token))
    yield from ((int(found[0]), True) for found in _AFTER.finditer(path))


def _is_id(token: str) -> bool:
    return token.isascii() and token.isdigit() and len(token) <= 17 and not token.startswith("0")


@dataclass
class Acts:
    """Writes exchanges as lines; ``numbers`` tells under which number a script keeps the answer to each.

    ``ids`` and ``tags`` have the variables that the script keeps them in. ``named`` are the ids that later lines or the
    checks speak of.
    """

    target: Target
    named: frozenset[int]
    known: Sequence[int]
    inline: frozenset[str] = frozenset()
    keeps_connections: bool = False
    numbers: dict[int, int] = field(default_factory=dict)
    ids: dict[int, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    pages: dict[str, int] = field(default_factory=dict)
    connections: int = 0
    lines: list[str] = field(default_factory=list)

    def write(self, exchanges: Sequence[Exchange]) -> None:
        """Add the lines of these exchanges, which come one after the other."""
        position = 0
        while position < len(exchanges):
            rest = exchanges[position:]
            run = _run(rest, _is_plain_creation)
            reads = _run(rest, lambda e: self.keeps_connections and self._is_plain_read(e))
            turns = self._turns(rest) if self.keeps_connections else ()
            if len(run) >= _FEW:
                self._create_each(run)
            elif len(reads) >= _MANY:
                run = reads
                self._read_each(run)
            elif turns:
                run = turns
                self._in_turn(run, exchanges[position + len(run) :])
            else:
                run = rest[:1]
                self._ask(run[0], exchanges[position + 1 :])
            position += len(run)

    def number(self, exchange: Exchange) -> int:
        """The number of the answer to an exchange that was written."""
        return self.numbers[id(exchange)]

    def variable(self, number: int, *, is_after: bool = False) -> str | None:
        """How a script writes an id, ``None`` where it stands for itself."""
        found = mention(number, list(self.ids), is_after=is_after)
        if found is None:
            return None
        name = self.ids[found.id]
        if found.offset == 0:
            return f"${{{name}}}"
        if found.offset >= -1:
            return f"$(({name} {'-' if found.offset < 0 else '+'} {abs(found.offset)}))"
        return f"$(({name} > {-found.offset} ? {name} - {-found.offset} : 0))"

    def _take_number(self, exchange: Exchange) -> int:
        return self.numbers.setdefault(id(exchange), len(self.numbers) + 1)

    def _create_each(self, run: Sequence[Exchange]) -> None:
        first = self._take_number(run[0])
        name = len(self.ids) + 1
        for exchange in run:
            self._take_number(exchange)
            self.ids[created_id(exchange) or 0] = f"id{len(self.ids) + 1}"
        bodies = [(exchange.request.body or b"").decode() for exchange in run]
        self.lines += [f"create_each {first} {name} <<'EOF'", *bodies, "EOF"]

    def _read_each(self, run: Sequence[Exchange]) -> None:
        numbers = [self._take_number(exchange) for exchange in run]
        variables = (self.variable(next(iter(_numbers(exchange.request.path)))[0]) for exchange in run)
        self.lines.append(f"read_each {numbers[0]} {' '.join(f'{name}' for name in variables)}")

    def _turns(self, exchanges: Sequence[Exchange]) -> Sequence[Exchange]:
        """The first of these exchanges, as many as need nothing that the answers to the others bring."""
        found: list[Exchange] = []
        for exchange in exchanges[:_MOST_TURNS]:
            request = exchange.request
            if request.followed or len(_run(exchanges[len(found) :], _is_plain_creation)) >= _FEW:
                break
            found.append(exchange)
            later = exchanges[len(found) :]
            id, tag = created_id(exchange), tag_in(exchange)
            if id is not None and any(id in ids_in(e.request, self.known) for e in later):
                break
            if tag is not None and tag not in self.tags and any(names_tag(e.request.headers, tag) for e in later):
                break
        return found

    def _in_turn(self, run: Sequence[Exchange], later: Sequence[Exchange]) -> None:
        ports: dict[int, int] = {}
        self.lines.append("{")
        for exchange in run:
            if exchange.connection not in ports:
                # Servers are known to tell workers by the parity of the port.
                ports[exchange.connection] = 2 * self.connections + exchange.connection % 2
                self.connections += 1
            number, request = self._take_number(exchange), exchange.request
            words = [f"turn {number} {ports[exchange.connection]} curl", *self.options(request)]
            if request.body is not None and request.method != "HEAD":
                word = self._literal(request.body)
                if word is None:
                    self.lines.append(f'{print_bytes(request.body)} >"$dir/{number}.sent"')
                words.append(f"--data-raw {word}" if word is not None else f'--data-binary "@$dir/{number}.sent"')
            self.lines.append(" ".join(words))
        self.lines += ["} | in_turn", "heads"]
        for position, exchange in enumerate(run):
            self._keep(exchange, [*run[position + 1 :], *later])

    def _is_plain_read(self, exchange: Exchange) -> bool:
        request = exchange.request
        found = re.fullmatch(re.escape(COLLECTION) + "/([0-9]+)", request.path)
        is_plain = request.method == "GET" and not request.headers and exchange.document != {}
        is_plain = is_plain and exchange.response is not None and exchange.response.status == 200
        return is_plain and found is not None and int(found[1]) in self.ids

    def _ask(self, exchange: Exchange, later: Sequence[Exchange]) -> None:
        number = self._take_number(exchange)
        link = self.pages.get(exchange.request.path)
        if link is not None and exchange.request.followed:
            self.lines.append(f"follow {number} {link}")
        else:
            self.lines.append(self.command(exchange.request, f"ask {number} curl"))
        self._keep(exchange, later)

    def _keep(self, exchange: Exchange, later: Sequence[Exchange]) -> None:
        """Keep what later lines need of an answer."""
        number = self.number(exchange)
        self._keep_id(exchange, number, later)
        self._keep_tag(exchange, number, later)
        self._keep_link(exchange, number)
        status = exchange.response.status if exchange.response is not None else 0
        if self.keeps_connections and exchange.request.method in ("POST", "PUT") and status in (200, 201):
            self.lines.append(f"remember {number}")

    def _keep_id(self, exchange: Exchange, number: int, later: Sequence[Exchange]) -> None:
        new = created_id(exchange)
        if new is None or not (new in self.named or any(new in ids_in(e.request, self.known) for e in later)):
            return
        # An id that comes again is a new one.
        self.ids[new] = f"id{len(set(self.ids.values())) + 1}" if new not in self.ids else f"{self.ids[new]}b"
        self.lines.append(f"{self.ids[new]}=$(id_of {number}) || quit {number}")

    def _keep_tag(self, exchange: Exchange, number: int, later: Sequence[Exchange]) -> None:
        tag = tag_in(exchange)
        if tag is None or tag in self.tags or not any(names_tag(e.request.headers, tag) for e in later):
            return
        self.tags[tag] = f"tag{len(self.tags) + 1}"
        self.lines.append(f"{self.tags[tag]}=$(tag_of {number}) || quit {number}")

    def _keep_link(self, exchange: Exchange, number: int) -> None:
        reference = next_reference(exchange)
        if reference is None:
            return
        base = self.target.url
        parts = urlsplit(urljoin(base + exchange.request.path, reference))
        path = parts.path.removeprefix(urlsplit(base).path) + (f"?{parts.query}" if parts.query else "")
        self.pages[path] = number

    def command(self, request: Request, program: str) -> str:
        """The request as a command line of curl, which sends no body with HEAD, that begins with ``program``."""
        words = [program, *self.options(request)]
        if request.body is None or request.method == "HEAD":
            return " ".join(words)
        word = self._literal(request.body)
        if word is not None:
            return " ".join([*words, "--data-raw", word])
        return f"{print_bytes(request.body)} | {' '.join([*words, '--data-binary', '@-'])}"

    def options(self, request: Request) -> Iterator[str]:
        """The words of a request but its body."""
        if request.method == "HEAD":
            yield "-I"
        elif request.method != "GET" or request.body is not None:
            yield f"-X {shlex.quote(request.method)}"
        if re.search(r"[][{}]", request.path):
            yield "-g"
        if re.search(r"/(\.|%2e){1,2}(/|\?|$)", request.path, re.IGNORECASE):
            yield "--path-as-is"
        yield f'"{"$origin" if request.rooted else "$url"}{self.path(request.path)}"'
        named = {name.lower() for name, _ in request.headers}
        for name, value in self.target.shown_headers:
            if name.lower() in self.inline and name.lower() not in named:
                yield f"-H {user_header(name, value)}"
        for name, value in request.headers:
            yield f"-H {self._header(name, value)}"
        if request.body is not None and "content-type" not in named:
            yield "-H Content-Type:"

    def path(self, path: str) -> str:
        """A path and query as they stand in double quotes."""
        segment = _SEGMENT.match(path)
        disguised = self._disguised(segment[1]) if segment is not None else None
        plain, question_mark, query = path.partition("?")
        if segment is not None and disguised is not None:
            shown = f"{COLLECTION}/{disguised}{escaped(plain[segment.end() :])}"
        elif segment is not None:
            tokens = (
                (_is_id(token) and self.variable(int(token))) or escaped(token) for token in _TOKEN.findall(segment[1])
            )
            shown = f"{COLLECTION}/{''.join(tokens)}{escaped(plain[segment.end() :])}"
        else:
            shown = escaped(plain)
        parts, position = [shown], 0
        whole = question_mark + query
        for found in _AFTER.finditer(whole):
            variable = self.variable(int(found[0]), is_after=True)
            if variable is not None:
                parts += [escaped(whole[position : found.start()]), variable]
                position = found.end()
        return "".join([*parts, escaped(whole[position:])])

    def _disguised(self, segment: str) -> str | None:
        """How a script writes an id in the digits of another script, ``None`` where the segment is no such thing."""
        text = unquote(segment, errors="replace")
        if not text.isdigit() or text.isascii():
            return None
        for digits in DIGITS:
            number = "".join(str(digits.find(c)) for c in text)
            variable = self.variable(int(number)) if number.isdigit() else None
            if variable is not None:
                return f"$(in_digits {variable} {' '.join(quote(digit) for digit in digits)})"
        return None

    def _header(self, name: str, value: str) -> str:
        if value.isascii() and any(names_tag(((name, value),), tag) for tag in self.tags):
            return f'"{name}: {with_tags(escaped(value), self.tags)}"'
        return header_word(name, value)

    def raw_headers(self, request: Request) -> Iterator[str]:
        """The headers of a request as words, those of the user included."""
        named = {name.lower() for name, _ in request.headers}
        for name, value in self.target.shown_headers:
            if name.lower() not in named:
                yield user_header(name, value)
        for name, value in request.headers:
            yield self._header(name, value)

    def _literal(self, body: bytes) -> str | None:
        word = literal(body)
        if word is None:
            return None
        text, parts, position = body.decode("utf-8"), [], 0
        for found in _ID_MEMBER.finditer(text):
            variable = self.variable(int(found[1]))
            if variable is not None:
                parts += [shlex.quote(text[position : found.start(1)]), f'"{variable}"']
                position = found.end(1)
        return "".join([*parts, shlex.quote(text[position:])]) if position else word


def user_header(name: str, value: str) -> str:
    """A header that the user gives, as a word; a variable of the environment stays one."""
    return expanded(f"{name}: {value}") if has_variable(value) else header_word(name, value)


def _run(exchanges: Sequence[Exchange], is_one: object) -> Sequence[Exchange]:
    assert callable(is_one)
    count = next((i for i, exchange in enumerate(exchanges) if not is_one(exchange)), len(exchanges))
    return exchanges[:count]


def _is_plain_creation(exchange: Exchange) -> bool:
    request = exchange.request
    is_plain = request.path == COLLECTION and request.headers == (("Content-Type", "application/json"),)
    body = request.body or b""
    return (
        is_plain
        and created_id(exchange) is not None
        and literal(body) is not None
        and body.isascii()
        and _ID_MEMBER.search(body.decode()) is None
    )
