"""Requests and values on which real servers were seen to fall over."""

from __future__ import annotations

from contract.tasks import COLLECTION

AWKWARD_PATHS = (
    f"{COLLECTION}?limit=0",
    f"{COLLECTION}?limit=99999999999999999999999999999999",
    f"{COLLECTION}?limit=%C2%B2",
    f"{COLLECTION}?limit=1e3&after=NaN",
    f"{COLLECTION}?limit=" + "9" * 4400,
    f"{COLLECTION}?after=-1",
    f"{COLLECTION}?after={2**63}",
    f"{COLLECTION}?after={2**53 - 1}",
    f"{COLLECTION}?after=" + "9" * 4400,
    f"{COLLECTION}?after=%D9%A1",
    f"{COLLECTION}?done=maybe",
    f"{COLLECTION}?done=%00",
    f"{COLLECTION}?done=%FF%FE",
    f"{COLLECTION}?done=true&done=false",
    f"{COLLECTION}?limit[]=1&after[x]=2",
    f"{COLLECTION}?%ZZ&=&&;%",
    f"{COLLECTION}?q=" + "x" * 4000,
    f"{COLLECTION}?done=%7Ba%7D%25(a)s%25",
    f"{COLLECTION}/%7Ba%7D%25(a)s%25",
    "/unknown-path?%FF=%00",
    "/" + "x" * 4000,
    "/%C3%BC",
)
"""Targets of GET: queries that are no queries, and paths that nobody expects."""

UNEXPECTED_BODIES = (None, b"", b"{", b"text", b"[]")
"""Bodies of requests that need none, or that are refused whatever they say."""

AWKWARD_MEDIA_TYPES = (
    None,
    "",
    "text/plain",
    "application/json; charset=no-such",
    "application/json; charset=utf-16",
    "application/json; charset=hex",
    "application/json; x*=foo''bar",
    "application/json; charset=",
    "application/json; charset",
    "application/json;",
)
"""Values of Content-Type: charsets that are unknown, another's or none of text; a parameter of RFC 8187 gone wrong."""

AWKWARD_HEADERS = (
    ("If-Match", ""),
    ("If-Match", "*"),
    ("If-Match", '"'),
    ("If-Match", "W/"),
    ("If-Match", '"a", W/"b", "c'),
    ("If-None-Match", ""),
    ("If-None-Match", '"'),
    ("Cookie", "garbage"),
    ("Content-Encoding", "gzip"),
    ("Accept-Encoding", "gzip;q=x"),
    ("Accept-Language", "!!!"),
    ("If-None-Match", '"a" "b",,'),
    ("If-None-Match", "\xe9"),
    ("If-Modified-Since", "yesterday"),
    ("If-Unmodified-Since", "Thu, 31 Feb 2030 25:61:61 GMT"),
    ("Range", "bytes=9-1,abc"),
    ("Accept", "no/such;q=x"),
    ("Accept", ";;;"),
    ("Accept-Language", "*;q=9"),
    ("Accept-Charset", "no-such"),
    ("Accept-Encoding", "no-such;q=1, identity;q=0.1"),
    ("Cookie", "session=%00; =; ;"),
    ("Authorization", "Basic !"),
    ("Forwarded", "for=;;"),
    ("X-Forwarded-For", "not an address"),
    ("Origin", "null"),
    ("X-Long", "x" * 4000),
)
"""Headers with values that a careless parser does not survive."""


def _nested(depth: int, opening: bytes, closing: bytes) -> bytes:
    return opening * depth + closing * depth


AWKWARD_BODIES = (
    b"",
    b" ",
    b"{",
    b"}",
    b"{]",
    b"[]",
    b"null",
    b"true",
    b"1",
    b'"text"',
    b"NaN",
    b"{}",
    b"{}{}",
    b"\x00",
    b"\xff\xfe{\x00}\x00",
    b"\xef\xbb\xbf{}",
    b'{"title":null}',
    b'{"title":1}',
    b'{"title":[]}',
    b'{"title":{}}',
    b'{"title":true}',
    b'{"title":NaN}',
    b'{"title":Infinity}',
    b'{"title":1e400}',
    b'{"title":' + b"9" * 4400 + b"}",
    b'{"title":-' + b"9" * 400 + b"}",
    b'{"title":"\\u0000"}',
    b'{"title":"\x00"}',
    b'{"title":"\\ud800"}',
    b'{"title":"\\udc00\\ud800"}',
    b'{"title":"\xff"}',
    b'{"title":"\xed\xa0\x80"}',
    b'{"title":"x","description":"\\u0000"}',
    b'{"title":"x","description":"\\ud83d"}',
    b'{"title":"x","description":null}',
    b'{"title":"x","description":{"a":[]}}',
    b'{"title":"x","done":null}',
    b'{"title":"x","done":"yes"}',
    b'{"title":"x","done":1e400}',
    b'{"title":"x","done":[]}',
    b'{"title":"x","id":9223372036854775808}',
    b'{"title":"x","\\ud800":1}',
    b'{"title":"x","__proto__":{"done":true},"constructor":1}',
    b'{"title":"x","title":"y"}',
    b'{"title":"x","{a} %(a)s %":1}',
    b'{"title":"x","done":"{a} %(a)s %"}',
    b'{"":1}',
    b'{"title":"' + b"x" * 201 + b'"}',
    b'{"title":"x","description":"' + b"x" * 2001 + b'"}',
    b'{"title":"' + b"x" * 65_000 + b'"}',
    _nested(1_000, b"[", b"]"),
    _nested(10_000, b'{"a":', b"") + b"1" + b"}" * 10_000,
    _nested(32_000, b"[", b"]"),
    b"[" * 65_000,
    b'{"title":' + _nested(10_000, b"[", b"]") + b"}",
    b'{"title":"x"}' + b" " * 70_000,
)
"""Bodies that are no task, from an empty one to one beyond the limit."""
