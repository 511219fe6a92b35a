"""What answers must be, as data: the part of a violation that can be checked again without the suite.

A demand speaks of exchanges of its violation's evidence, by identity.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contract.exchange import Exchange
from contract.jsontext import JsonValue
from contract.transport import Request

REFUSAL = "4xx"
"""Any status that says that the client is at fault."""

ANY_ANSWER = ("2xx", "3xx", "4xx")
"""Any status but one that says that the server is at fault."""


ANY_WHOLE_ANSWER = ("2xx", 304, REFUSAL, 501)
"""Any status that a request may get of which only the bytes matter."""


@dataclass(frozen=True)
class Demand:
    """Something that must be so once the violation is mended; ``answer`` is the exchange that it is about."""

    answer: Exchange


@dataclass(frozen=True)
class Status(Demand):
    """The status is one of these; text such as ``4xx`` names a class of them."""

    allowed: tuple[int | str, ...]


@dataclass(frozen=True)
class Document(Demand):
    """The body is this JSON value."""

    value: JsonValue


@dataclass(frozen=True)
class HasMembers(Demand):
    """The body is an object that has these members, beside others perhaps."""

    values: Mapping[str, JsonValue]


@dataclass(frozen=True)
class SameAnswer(Demand):
    """Status and document are those of ``first``."""

    first: Exchange


@dataclass(frozen=True)
class IsError(Demand):
    """The body is an Error."""


@dataclass(frozen=True)
class IsTask(Demand):
    """The body is a Task, or an array of them, and nothing else; that of a refusal is an Error."""

    is_list: bool


@dataclass(frozen=True)
class NamesFields(Demand):
    """The details of the Error name one of ``at_fault``, and none of the ``others``."""

    at_fault: tuple[str, ...]
    others: tuple[str, ...]


@dataclass(frozen=True)
class NoBody(Demand):
    """No byte follows the head."""


@dataclass(frozen=True)
class Lacks(Demand):
    """Neither head nor body has this text in it."""

    text: str


@dataclass(frozen=True)
class Field(Demand):
    """The header's value matches this POSIX extended regular expression."""

    name: str
    pattern: str


@dataclass(frozen=True)
class SameField(Demand):
    """The header has the value that it has in ``source``, or, where ``differs``, another one."""

    name: str
    source: Exchange
    differs: bool = False


@dataclass(frozen=True)
class Allows(Demand):
    """Allow lists exactly these methods."""

    methods: frozenset[str]


@dataclass(frozen=True)
class LeadsTo(Demand):
    """Location leads to the path of the task with this id."""

    id: int


@dataclass(frozen=True)
class LikeGet(Demand):
    """The answer to a HEAD agrees with that to a GET in one of status, Content-Type, ETag and Content-Length."""

    got: Exchange
    what: str


@dataclass(frozen=True)
class OtherIds(Demand):
    """The id of the new task is none that the answers ``before`` gave to theirs."""

    before: tuple[Exchange, ...]


@dataclass(frozen=True)
class IdInRange(Demand):
    """The answer names an id from 1 to 2**53 - 1."""


@dataclass(frozen=True)
class IsList(Demand):
    """The page is an array of objects."""


@dataclass(frozen=True)
class Listed(Demand):
    """The page has one entry for this id; of the members that it shows, these have these values."""

    id: int
    values: Mapping[str, JsonValue]


@dataclass(frozen=True)
class NotListed(Demand):
    """The page has no entry for this id."""

    id: int


@dataclass(frozen=True)
class NoneTitled(Demand):
    """No entry of the page has this title, or, where ``times`` is more, so many have."""

    title: str
    times: int = 0


@dataclass(frozen=True)
class IfRefused(Demand):
    """Where ``answer`` is a refusal, the other demand is met."""

    then: Demand


@dataclass(frozen=True)
class ListedAs(Demand):
    """The entry for this id is the document that ``read`` shows."""

    id: int
    read: Exchange


@dataclass(frozen=True)
class InOrder(Demand):
    """The ids of the page ascend and differ."""


@dataclass(frozen=True)
class AtMost(Demand):
    """The page has at most so many entries."""

    count: int


@dataclass(frozen=True)
class AllAfter(Demand):
    """All ids of the page are greater than that of this task, or than this number."""

    id: int


@dataclass(frozen=True)
class SamePage(Demand):
    """The page has the same ids as ``other``."""

    other: Exchange


@dataclass(frozen=True)
class NoNext(Demand):
    """The page names no next one."""


@dataclass(frozen=True)
class Visited(Demand):
    """The pages up to ``answer``, and those that follow it, show this task so many times."""

    pages: tuple[Exchange, ...]
    id: int
    times: int = 1


@dataclass(frozen=True)
class OnTheWire(Demand):
    """The request, its body sent as these bytes, gets one of these status codes, and leaves the connection in step;
    so many ``times`` on one connection, and, where the body ``is_late``, some time after the head.
    """

    sent: bytes
    allowed: tuple[int | str, ...]
    times: int = 1
    is_late: bool = False


@dataclass(frozen=True)
class StoredAsSent(Demand):
    """The task that a request on the wire created or replaced reads with these members; ``answer`` is the reading."""

    values: Mapping[str, JsonValue]
    written: OnTheWire


@dataclass(frozen=True)
class AskedFirst(Demand):
    """The request, sent with Expect: 100-continue, is answered before its body was sent; ``again``: also when it is
    sent a second time on the same connection.
    """

    again: bool = False


@dataclass(frozen=True)
class CutOff(Demand):
    """After so much of a request was written and the connection closed, ``answer`` meets the other demand.

    ``head`` bytes are missing at the end of the head, or ``body`` is what was written of the body. A connection that
    ``is_reset`` ends with a reset.
    """

    request: Request
    head: int
    body: bytes
    then: Demand
    is_reset: bool = False


@dataclass(frozen=True)
class Begun:
    """What a connection has sent that does not go on: nothing, or a request whose head lacks so many bytes at its end,
    or whose body has only begun, so many ``times``; where it ``is_read``, what comes back is read.
    """

    request: Request | None
    missing: int = 0
    body: bytes = b""
    times: int = 1
    is_read: bool = True


@dataclass(frozen=True)
class NotStalled(Demand):
    """The request is answered within ``seconds`` while so many others have ``begun``, and do not go on."""

    others: int
    seconds: float
    begun: Begun
