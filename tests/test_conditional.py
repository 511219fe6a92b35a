"""Reading what says how a cache may use an answer."""

from __future__ import annotations

import pytest

from contract.conditional import is_strong_tag, must_be_revalidated


@pytest.mark.parametrize("tag", ['"a"', '""', '"W/a"', '"a,b"', '"\xe9!#"'])
def test_strong_tag(tag: str) -> None:
    assert is_strong_tag(tag)


@pytest.mark.parametrize("tag", [None, "", "a", '"a', 'W/"a"', 'w/"a"', '"a b"', '"a", "b"', '"a\n"', '"a"\n'])
def test_no_strong_tag(tag: str | None) -> None:
    assert not is_strong_tag(tag)


@pytest.mark.parametrize(
    "value",
    [
        "no-cache",
        "No-Store",
        "max-age=0",
        "max-age=00",
        'max-age="0"',
        'private="a, b" , no-cache',
        "public,max-age = 0",
    ],
)
def test_must_be_revalidated(value: str) -> None:
    assert must_be_revalidated(value)


@pytest.mark.parametrize(
    "value",
    [
        None,
        "",
        "private",
        "must-revalidate",
        "max-age=1",
        "max-age=0.5",
        "max-age",
        "s-maxage=0",
        'no-cache="a"',
        "no-cache=a",
        'private="x, no-store"',
        "x-no-cache",
        "nocache",
    ],
)
def test_may_be_kept(value: str | None) -> None:
    assert not must_be_revalidated(value)
