"""JSON as strictly as RFC 8259 has it, compared by type, and printed whatever it is."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.jsontext import NotJson, decode, encode, printable, same, shorten, show

SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()
VALUES = st.recursive(SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=10)
OURS = settings(derandomize=True, database=None, deadline=None, max_examples=50)


def nested(depth: int) -> bytes:
    """Arrays in arrays."""
    return b"[" * depth + b"]" * depth


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b' {"a": [1, -2.5, true, null, "\\u00e9"]}\n', {"a": [1, -2.5, True, None, "é"]}),
        (b"\xef\xbb\xbf[]", []),
        ('"\N{GRINNING FACE}"'.encode(), "\N{GRINNING FACE}"),
        (b'"\\ud83d\\ude00"', "\N{GRINNING FACE}"),
        (b'"\\ud800"', "\ud800"),
        (b"0", 0),
    ],
)
def test_json_is_decoded(body: bytes, value: Any) -> None:
    assert same(decode(body), value)


@pytest.mark.parametrize(
    "body",
    [
        *(b"", b" ", b"{", b"[1,]", b"{}{}", b"'a'", b"nul", b"01", b"+1", b"1.", b".5", b'{"a":1,}', b"// a\n1"),
        *(b"NaN", b"Infinity", b"[-Infinity]", b'{"a": NaN}'),
        *(b'{"a":1,"a":1}', b'[{"a":{"b":1,"c":2,"b":3}}]', b'{"a":1,"\\u0061":2}'),
        *(b'"\xff"', b'"\xed\xa0\x80"', b'"\xc0\x80"', b"\xef\xbb\xbf\xef\xbb\xbf[]", "[]".encode("utf-16")),
        *(b'"\n"', b'"\x00"', b'"\\x41"', b'"a'),
        nested(100_000),
        b'{"a":' * 100_000,
    ],
    ids=lambda body: repr(body[:20]),
)
def test_everything_else_is_refused(body: bytes) -> None:
    with pytest.raises(NotJson, match=r"."):
        decode(body)


def test_number_of_more_digits_than_python_converts_is_a_float() -> None:
    assert decode(b"9" * 4301) == decode(b"9" * 100_000) == float("inf")
    assert decode(b"9" * 400) == int("9" * 400)


@OURS
@given(VALUES)
def test_what_was_encoded_is_decoded_to_the_same(value: Any) -> None:
    assert same(decode(encode(value)), value)


def test_lone_surrogate_is_encoded_as_an_escape() -> None:
    assert encode({"a": "\ud800é"}) == b'{"a":"\\ud800\\u00e9"}'


def test_other_text_is_encoded_as_it_is() -> None:
    assert encode({"a": ["é", 1]}) == '{"a":["é",1]}'.encode()


@pytest.mark.parametrize(
    ("left", "right"),
    [
        *((True, 1), (False, 0), (1, 1.0), (0, None), ("", None), ("1", 1), ([], {}), ("a", ["a"])),
        *(([1], [True]), ([1], [1, 1]), ([1, 2], [2, 1]), ({"a": 1}, {"a": 1.0}), ({"a": 1}, {"a": 1, "b": 1})),
        *(("e\u0301", "é"), ("a", "A"), ("a", "a ")),
    ],
)
def test_what_is_not_the_same(left: Any, right: Any) -> None:
    assert not same(left, right)
    assert not same({"x": [left]}, {"x": [right]})


def test_order_of_members_does_not_matter() -> None:
    assert same({"a": 1, "b": [True]}, {"b": [True], "a": 1})


def test_deeply_nested_values_are_compared() -> None:
    assert same(decode(nested(900)), decode(nested(900)))
    assert not same(decode(nested(900)), decode(nested(899)))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"title": "é\n"}, '{"title": "\\u00e9\\n"}'),
        ("\ud800", '"\\ud800"'),
        (float("inf"), "Infinity"),
        ([True, None, 1.5], "[true, null, 1.5]"),
    ],
)
def test_show(value: Any, text: str) -> None:
    assert show(value) == text


@pytest.mark.parametrize("value", [10**4000, "x" * 10**6, decode(nested(900)), decode(b"9" * 4301)])
def test_anything_is_shown_in_a_few_hundred_characters_of_ascii(value: Any) -> None:
    text = show(value)

    assert text.isascii()
    assert text.isprintable()
    assert 0 < len(text) <= 300


def test_what_is_too_deep_to_print_is_named() -> None:
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]

    assert show(value) == "a value that is nested too deeply to print"


@pytest.mark.parametrize(("length", "limit"), [(301, 300), (10_000_000, 300), (121, 120), (101, 100)])
def test_long_text_loses_its_middle(length: int, limit: int) -> None:
    shown = shorten("a" + "x" * (length - 2) + "b", limit)

    assert len(shown) <= limit
    assert (shown[0], shown[-1]) == ("a", "b")
    assert f" ... {length - shown.count('x') - 2} more ... " in shown


def test_short_text_is_left_alone() -> None:
    assert shorten("x" * 300) == "x" * 300


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("plain text, 100 %", "plain text, 100 %"),
        (" two\r\n\tlines ", "two lines"),
        ("\x1b[2J\x00\x7f", "\\x1b[2J\\x00\\x7f"),
        ("é\N{GRINNING FACE}\ud800", "\\xe9\\U0001f600\\ud800"),
        ("back\\slash", "back\\slash"),
    ],
)
def test_printable(text: str, line: str) -> None:
    assert printable(text) == line
