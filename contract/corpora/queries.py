"""Values of query parameters, percent-encoded, that are none of those allowed."""

from __future__ import annotations

from urllib.parse import quote

NO_BOOLEANS = (
    "",
    "True",
    "TRUE",
    "tRUE",
    "False",
    "FALSE",
    "1",
    "0",
    "2",
    "-1",
    "yes",
    "no",
    "on",
    "off",
    "t",
    "f",
    "null",
    "undefined",
    "maybe",
    "tru",
    "trues",
    "%20true",
    "false%20",
    "+true",
    "true%0A",
    "true%00",
    "true%2Cfalse",
    "%22true%22",
    "%5Btrue%5D",
    quote("ｔｒｕｅ"),
    "%FF",
)
"""Neither ``true`` nor ``false``."""

NO_INTEGERS = (
    "",
    "abc",
    "null",
    "True",
    "NaN",
    "Infinity",
    "1.5",
    "1.0",
    "5.",
    "1e1",
    "0x10",
    "1_0",
    "%2B5",
    "+5",
    "%205",
    "5%20",
    "5%0A",
    "5%00",
    "5abc",
    "5%2C6",
    "%225%22",
    quote("٣"),
    quote("５"),
    quote("²"),
    "%FF",
)
"""No integers in decimal digits, though many a reader takes some of them for one."""

LIMITS_OUT_OF_RANGE = (
    "0",
    "-1",
    "-5",
    "101",
    "1000",
    str(2**31),
    str(2**32 + 5),
    str(2**64 + 5),
    "9" * 40,
    "9" * 4400,
)
"""Integers that no page size is, those that wrap around to one included."""

IDS_OUT_OF_RANGE = ("-1", "-5", str(2**53), str(2**63), str(2**64 + 5), "9" * 40, "9" * 4400)
"""Integers below 0 or above the largest id."""
