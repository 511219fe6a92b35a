"""Path segments that are no id, from plain words to digits of other scripts."""

from __future__ import annotations

from urllib.parse import quote

TEXTS_THAT_ARE_NO_ID = (
    "abc",
    "latest",
    "last",
    "first",
    "new",
    "all",
    "count",
    "search",
    "%25s",
    "%27",
    "null",
    "undefined",
    "NaN",
    "true",
    "0",
    "-0",
    "*",
    "%20",
    str(2**53),
    str(2**63 - 1),
    str(2**63),
    "9" * 17,
    "9" * 40,
    "1" * 5000,
    "00000000-0000-4000-8000-000000000000",
    "507f1f77bcf86cd799439011",
)
"""Path segments, percent-encoded, that name no task on any server."""

SOMEBODY_ELSES_IN_DISGUISE = (
    *("-1", "-2", "1.0", "1.5", "1e0", "1E0", "0x1", "1,2", "1-2", str(2**64 + 1)),
    *map(quote, ("²", "½", "١", "−1")),
)
"""The same, but a careless reader takes them for ids that may be somebody else's."""

_OTHER_DIGITS = {"Arabic-Indic": 0x0660, "Devanagari": 0x0966, "fullwidth": 0xFF10, "mathematical": 0x1D7CE}
_SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹"

DIGITS = (_SUPERSCRIPTS, *("".join(chr(zero + digit) for digit in range(10)) for zero in _OTHER_DIGITS.values()))
"""The ten digits of other scripts, each set as one text."""


def superscript(id: int) -> str:
    """The digits of an id in superscript, percent-encoded."""
    return quote("".join(_SUPERSCRIPTS[int(digit)] for digit in str(id)))


def ids_in_disguise(id: int) -> list[str]:
    """Path segments, percent-encoded, that a careless reader takes for ``id``, though none of them is an id."""
    digits = str(id)
    written = [
        f"{digits}abc",
        f"{digits}.0",
        f"{digits}.",
        f"{digits}e0",
        f"{digits}E0",
        f"{digits};a=b",
        f"{digits}.json",
        f"{digits}L",
        f"{digits}_",
        f"+{digits}",
        f"-{digits}",
        f" {digits}",
        f"{digits} ",
        f"{digits}\n",
        f"\t{digits}",
        f"{digits}\u00a0",
        f"{digits},{digits}",
        f"{digits}-{digits}",
        f"'{digits}'",
        f'"{digits}"',
        f"[{digits}]",
        f"({digits})",
        f"{digits} OR 1=1",
        hex(id),
        oct(id),
        bin(id),
        *("".join(others[int(digit)] for digit in digits) for others in DIGITS),
    ]
    wrapped = [str(id + 2**53), str(id + 2**64)]
    grouped = [f"{digits[0]}_{digits[1:]}"] if len(digits) > 1 else []
    return [quote(text, safe="") for text in written + wrapped + grouped]
