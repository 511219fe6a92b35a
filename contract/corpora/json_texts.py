"""Bodies that are no JSON, or JSON that no reader agrees on; a text of one's own goes where ``MARK`` stands."""

from __future__ import annotations

from collections.abc import Iterator

NO_OBJECT = {
    "an empty body": b"",
    "white space only": b" \t\r\n",
    "the literal null": b"null",
    "the literal false": b"false",
    "an empty string": b'""',
    "the number 0": b"0",
    "a form of a title": b"title=MARK",
    "a number": b"7",
    "a string": b'"MARK"',
    "a string that holds a task": b'"{\\"title\\":\\"MARK\\"}"',
    "an empty array": b"[]",
    "an array of a task": b'[{"title":"MARK"}]',
    "a form": b"title=MARK&done=true",
    "XML": b"<task><title>MARK</title></task>",
}
"""Bodies that are no object."""

MALFORMED = {
    "the brace alone": b"{",
    "an end after the colon": b'{"title":',
    "an end inside the string": b'{"title":"MARK',
    "an end after the value": b'{"title":"MARK"',
    "an end after the comma": b'{"title":"MARK",',
    "trailing text": b'{"title":"MARK"} x',
    "a trailing brace": b'{"title":"MARK"}}',
    "a trailing NUL": b'{"title":"MARK"}\0',
    "a trailing form feed": b'{"title":"MARK"}\f',
    "a trailing no-break space": '{"title":"MARK"}\u00a0'.encode(),
    "a trailing byte order mark": '{"title":"MARK"}\ufeff'.encode(),
    "two documents": b'{"title":"MARK"}{"title":"MARK"}',
    "two documents on two lines": b'{"title":"MARK"}\n{"title":"MARK"}',
    "a prefix against hijacking": b')]}\',\n{"title":"MARK"}',
    "a leading comma": b'{,"title":"MARK"}',
    "two commas": b'{"title":"MARK",,"done":true}',
    "a hash comment": b'{"title":"MARK"} # why',
    "the literal TRUE": b'{"title":"MARK","done":TRUE}',
    "the literal undefined": b'{"title":"MARK","done":undefined}',
    "round brackets": b'({"title":"MARK"})',
    "two digits after \\u": b'{"title":"MARK \\u41"}',
    "a trailing comma": b'{"title":"MARK",}',
    "no comma": b'{"title":"MARK" "done":true}',
    "an equals sign": b'{"title"="MARK"}',
    "a missing value": b'{"title":"MARK","done":}',
    "single quotes": b"{'title':'MARK'}",
    "unquoted names": b'{title:"MARK"}',
    "an unquoted value": b'{"title":MARK}',
    "a block comment": b'{"title":/* why */"MARK"}',
    "a line comment": b'{"title":"MARK"} // why',
    "a no-break space between": '{"title":\u00a0"MARK"}'.encode(),
    "NaN": b'{"title":"MARK","done":NaN}',
    "Infinity": b'{"title":"MARK","done":Infinity}',
    "-Infinity": b'{"title":"MARK","done":-Infinity}',
    "the literal True": b'{"title":"MARK","done":True}',
    "a hexadecimal number": b'{"title":"MARK","done":0x1}',
    "a leading zero": b'{"title":"MARK","done":01}',
    "a leading plus": b'{"title":"MARK","done":+1}',
    "a raw line feed in a string": b'{"title":"x","description":"MARK\n"}',
    "a raw tab in a string": b'{"title":"x","description":"MARK\ta"}',
    "a raw U+0001 in a string": b'{"title":"x","description":"MARK\x01"}',
    "a raw U+001F in a string": b'{"title":"x","description":"MARK\x1f"}',
    "a raw NUL in a string": b'{"title":"x","description":"MARK\0"}',
    "a raw line feed in a name": b'{"tit\nle":"MARK"}',
    "the escape \\x": b'{"title":"MARK \\x41"}',
    "the escape \\'": b'{"title":"MARK \\\'"}',
    "the escape \\v": b'{"title":"x","description":"MARK \\v"}',
    "the escape \\0": b'{"title":"x","description":"MARK \\0"}',
    "the escape \\U": b'{"title":"MARK \\U0001F600"}',
    "the escape \\u{}": b'{"title":"MARK \\u{1F600}"}',
    "an escaped line feed": b'{"title":"x","description":"MARK \\\n"}',
    "three digits after \\u": b'{"title":"MARK \\u041"}',
    "a sign after \\u": b'{"title":"MARK \\u+041"}',
}
"""Bodies that are nearly a JSON object."""

BAD_UTF8 = {
    "the byte FF": b"\xff",
    "a continuation byte alone": b"\x80",
    "Latin-1": b"\xe9",
    "a sequence cut short": b"\xe2\x82",
    "an overlong slash": b"\xc0\xaf",
    "an overlong NUL": b"\xc0\x80",
    "an encoded high surrogate": b"\xed\xa0\x80",
    "an encoded surrogate pair": b"\xed\xa0\xbd\xed\xb8\x80",
    "a code point beyond U+10FFFF": b"\xf4\x90\x80\x80",
    "a sequence of five bytes": b"\xf8\x88\x80\x80\x80",
}
"""Bytes that are no UTF-8 (RFC 3629), to stand inside a string."""

OTHER_ENCODINGS = ("utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be")

WELL_FORMED = {
    "white space around everything": b' \t\r\n{ \t"title" : \r\n"MARK" , \n"done"\t:\ttrue } \r\n\t ',
    "members in another order": b'{"done":false,"description":"MARK","title":"MARK"}',
    "escapes in names and values": b'{"\\u0074itl\\u0065":"MARK \\/ \\" \\\\ \\u0041\\u00e9\\u20AC"}',
    "escaped line feeds and tabs": b'{"title":"MARK","description":"\\n\\t\\u000a\\u0009"}',
    "a raw U+2028": '{"title":"MARK","description":"\u2028"}'.encode(),
    "JSON inside a string": b'{"title":"MARK {\\"title\\":\\"x\\",}","description":"[1,2 // NaN"}',
    "raw UTF-8 of two and three bytes": '{"title":"MARK \u00e9\u20ac"}'.encode(),
}
"""Bodies that are JSON, though a careless reader does not expect them."""

LONE_SURROGATES = {
    "a high surrogate": "\\ud800",
    "a low surrogate": "\\udc00",
    "the last high surrogate": "\\uDBFF",
    "the last low surrogate": "\\uDFFF",
    "a high surrogate before a letter": "\\ud83dx",
    "a low surrogate after a letter": "x\\ude00",
    "a pair in reverse": "\\ude00\\ud83d",
    "a pair with a gap": "\\ud83d \\ude00",
    "two high surrogates": "\\ud83d\\ud83d",
    "a high surrogate before a pair": "\\ud83d\\ud83d\\ude00",
    "a low surrogate after a pair": "\\ud83d\\ude00\\ude00",
    "a high surrogate before a raw emoji": "\\ud83d\U0001f600",
    "a high surrogate before an escaped backslash": "\\ud83d\\\\ude00",
}
"""Insides of JSON strings that stand for no text (RFC 7493 2.1)."""

WITH_ESCAPES = (
    '{"title":"%s","description":"MARK"}',
    '{"title":"MARK","description":"MARK %s x"}',
    '{"title":"MARK","description":"MARK%s"}',
)
WITH_ESCAPES_ELSEWHERE = (
    '{"title":"MARK","%s":1}',
    '{"title":"MARK","extra":"%s"}',
    '{"title":"MARK","title%s":1}',
    '{"title":"MARK","done":"%s"}',
)
"""Where escapes may stand: in the text of a task, and where no text belongs."""

NO_LONE_SURROGATES = {
    "an escaped pair": "\\ud83d\\ude00",
    "an escaped pair in capitals": "\\uD83D\\uDE00",
    "the first and the last pair": "\\ud800\\udc00\\udbff\\udfff",
    "two pairs": "\\ud83d\\ude00\\ud83d\\ude01",
    "the neighbours of the surrogates": "\\ud7ff\\ue000",
    "the text of an escape": "\\\\ud800",
    "a replacement character": "\\ufffd",
}
"""Insides of JSON strings that look nearly the same and are text."""

NUMBERS = (
    *("1e400", "-1e400", "1e99999999999999999999", "1e-400"),
    "1" + "0" * 400,
    "9" * 4300,
    "9" * 4301,
    "-" + "9" * 10_000,
    "9" * 60_000,
    "0." + "9" * 10_000,
)
"""Numbers beyond a double or 64 bits, or of thousands of digits."""

DUPLICATES = {
    "title twice": b'{"title":"MARK","title":"MARK again"}',
    "the same title twice": b'{"title":"MARK","title":"MARK"}',
    "title twice, not side by side": b'{"title":"MARK","description":"","done":true,"title":"MARK again"}',
    "title twice, once escaped": b'{"title":"MARK","\\u0074itle":"MARK again"}',
    "description twice": b'{"title":"MARK","description":"","description":"again"}',
    "description twice, once escaped": b'{"description":"","title":"MARK","descr\\u0069ption":""}',
    "done twice": b'{"title":"MARK","done":true,"done":false}',
    "the same done twice": b'{"done":false,"title":"MARK","done":false}',
    "every member twice": b'{"title":"MARK","description":"","done":true,"title":"MARK","description":"","done":true}',
    "title three times": b'{"title":"MARK","title":"MARK again","title":"MARK"}',
}
"""Objects with the same member twice (RFC 7493 2.3), each of whose values is valid."""

NO_DUPLICATES = {
    "equal values": b'{"title":"MARK","description":"MARK"}',
    "a name that is also a value": b'{"title":"title","description":"title"}',
    "a value that looks like a member": b'{"title":"MARK","description":"\\"title\\":\\"title\\","}',
}
"""Objects that repeat themselves, though no member."""

_PAIRS = {
    "arrays": (b"[", b"]"),
    "objects": (b'{"a":', b"}"),
    "arrays and objects": (b'[{"a":', b"}]"),
}


def nested(depth: int, room: int) -> Iterator[tuple[str, bytes]]:
    """Values nested so deep, arrays, objects and both, each of at most ``room`` bytes, and the name of each."""
    for kind, (opening, closing) in _PAIRS.items():
        levels = min(depth, room // (len(opening) + len(closing)) - 1)
        yield f"{levels} nested {kind}", opening * levels + b"[]" + closing * levels
