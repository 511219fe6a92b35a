"""Text that servers, databases and templates were seen to change on its way; each is a valid title and description."""

from __future__ import annotations

LOOK_ALIKES = (
    "\u00c5\u1ed9\uac01",
    "A\u030ao\u0323\u0302\u1100\u1161\u11a8",
    "\u212b\u1ecd\u0302\uac00\u11a8",
    "A\u030a\u00f4\u0323\u1100\u1161\u11a8",
    "q\u0323\u0307 \u0958",
    "q\u0307\u0323 \u0915\u093c",
    "\ufb01\u2460\u00bd\u2163\u338f\uff26\uff76\uff9e\ufdfa\u00b2\u2122\u2026\u00aa\ufe0f",
    "fi11/2IVkgF\u30ac2TM...a \u2126\u212a\u0340\u0387\uf900\ufa10\U0002f800",
    "task",
    "TASK",
    "Task",
    "t\u0430sk",
    "\u0130I\u0131i\u00df\u1e9e\u017f\u03a3\u03c3\u03c2\u01c6\u01c5",
    "i\u0307iii ss SS s",
)
"""Texts that look alike or are equal to a careless comparison, side by side: by normal form, by case, by script."""

ODD_CHARACTERS = (
    "\u0301\u20dd\ufe0f",
    "\U0001f469\u200d\U0001f469\u200d\U0001f467 \U0001f3f3\ufe0f\u200d\U0001f308 \u2764\ufe0f \u2764\ufe0e",
    "\U0001f44d\U0001f3fd \U0001f1e9\U0001f1ea 1\ufe0f\u20e3 \U0001f3f4\U000e0067\U000e0062\U000e007f \u845b\U000e0100",
    "\u202eabc\u202c\u2067def\u2069\u200e\u200f\u061c\u2066\u2068\u202a\u202b\u202d",
    "a\u200bb\u200cc\u200dd\u2060e\u00adf\u034fg\u180eh\u3164i\u115fj\u2061k",
    "\ufeffbyte order mark first",
    "byte order mark\ufeffinside and last\ufeff",
    "\ufffe\uffff\ufdd0\ufdef\U0001fffe\U0001ffff\U0008fffe\U0010fffe\U0010ffff",
    "\ufff9a\ufffab\ufffb\ufffc\ufffd",
    "\ue000\uf8ff\U000f0000\U0010fffd private, unassigned \u0378\u2e5e\U0003fffd",
    "".join(map(chr, range(0x80, 0xA0))),
    "\u0085next line\u2028line\u2029paragraph\u0085",
    "\U0002070e\U0001d518 \u4f60\u597d \u0645\u0631\u062d\u0628\u0627 \u05e9\u05dc\u05d5\u05dd \u0938\u094d",
)
"""Characters that a filter, an old database or a terminal drops, replaces or reorders."""

WHITE_SPACE = (
    " ",
    "  two  inside and at both ends  ",
    "one behind ",
    "\u00a0no-break\u00a0",
    "\u3000ideographic\u3000\u3000wide\u3000",
    "\u2003em\u2009thin\u202fnarrow\u205f\u1680ogham\u2000\u2001\u2002\u200a",
)
"""White space at both ends and doubled inside, also nothing else."""

SYNTAX = (
    "<b>bold</b> & <script>alert('1')</script><!-- --> ]]> <br/>",
    "&amp; &lt; &#39; &quot; &nbsp; &#x1F600; &copy &amp;amp; &#0; &#xD800;",
    "it's \"quoted\" `ticked` \u2018\u2019\u201c\u201d\u00ab\u00bb '' \"\" ''''",
    "back\\slash \\\\ \\n \\t \\r\\n \\u0041 \\x41 \\0 \\\" \\' C:\\new\\table\\",
    "100% %s %d %(title)s %n %% %20 %C3%A9 %00 %zz %u0041 +plus",
    "{} {0} {title} {{7*7}} ${HOME} $(id) #{1} <%= 1 %> {% raw %} $1 :title ? @p1 [[x]]",
    "'; DROP TABLE tasks; -- ' OR '1'='1' /* */ # %_ \\",
    "=1+1",
    "@import +1 |pipe ;semi,comma ../../etc/passwd ~/x https://example.org/?a=1&b=2#c",
    '# heading *bold* _it_ ~~no~~ [x](y) :smile: (c) -- ... 1/2 "smart"',
)
"""Text that means something in markup, templates, queries, formats, URLs and shells."""

OTHER_TYPES = (
    "0",
    "None",
    "undefined",
    "False",
    "ends in a dot.",
    "ends in a zero width space\u200b",
    "$set",
    "\u00a0",
    "\u3000",
    "\u200b",
    "null",
    "true",
    "123",
    "-0",
    "007",
    "1.0",
    "1e5",
    "0x1F",
    "NaN",
    "2024-01-01",
    "12:30",
    "[]",
    '{"title":1}',
    '"quoted"',
    "~",
)
"""Text that reads like a value of another type."""

TEXTS = (*WHITE_SPACE, *LOOK_ALIKES, *ODD_CHARACTERS, *SYNTAX, *OTHER_TYPES)
"""All of these, an even number; each next to one of its kind."""

LINES = (
    "a\nb\n",
    "\r\na\r\nb\r\n",
    "\ra\rb\r",
    "\n\n\na\n\r\n\rb\n\n",
    "\ttab\t\ttabs\t",
    "  a\n  b \n\n```\n  code\n```\n- x\n",
    "\x01\x02\x07\x08\x0b\x0c\x0e\x1a\x1b[31mred\x1b[0m\x1c\x1f\x7f",
    "\n",
)
"""Descriptions with control characters, line ends of every kind above all."""

_SWEPT = (
    *(range(0x01, 0x3400), range(0x4DB0, 0x4E10), range(0x9FF0, 0xAC10), range(0xD790, 0xD800), range(0xE000, 0xE010)),
    *(range(0xF8F0, 0x10000), range(0x10000, 0x10010), range(0x1D400, 0x1D420), range(0x1F000, 0x1FB00)),
    *(range(0xE0000, 0xE0080), range(0xE0100, 0xE01F0)),
    *(range((plane << 16) + edge, (plane << 16) + edge + 4) for plane in range(1, 17) for edge in (0, 0xFFFC)),
)
_PIECE = 1900


def sweep() -> list[str]:
    """Long descriptions with most of the characters there are, those of the large uniform scripts sampled."""
    text = "".join(chr(code) for part in _SWEPT for code in part)
    return [text[start : start + _PIECE] for start in range(0, len(text), _PIECE)]


UNITS = {
    "ASCII letters": "x",
    "letters of two bytes": "\u044f",
    "letters of three bytes": "\u6f22",
    "emoji": "\U0001f600",
    "letters with a mark": "q\u0301",
}
"""Short texts without another normal form, to make long ones of, and their names."""

UNITS_THAT_GROW = {"precomposed letters": "\u00e9", "letters that are two in upper case": "\u0149", "markup": '<&"'}
UNITS_THAT_SHRINK = {"decomposed letters": "e\u0301"}
"""Short texts that are longer or shorter in another normal form or case, or escaped."""


ENDS = {"title": (" ", "\u00a0"), "description": (" ", "\u00a0", "\n", "\r\n", "x\n" * 1000)}
"""White space at the end of a text that is too long, which is not trimmed away."""


def of_length(unit: str, length: int) -> str:
    """Text of so many code points, made of a unit."""
    return (unit * length)[:length]
