"""Hypothesis strategies for what clients send."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

_PLAIN = "abcdefghijklmnopqrstuvwxyz0123456789 -.,"


def plain_text(smallest: int, largest: int) -> st.SearchStrategy[str]:
    """Text of plain ASCII, neither beginning nor ending with a space; lengths in code points."""
    return st.text(st.sampled_from(_PLAIN), min_size=smallest, max_size=largest).map(
        lambda text: text.strip().ljust(smallest, "x")
    )


def bodies() -> st.SearchStrategy[dict[str, Any]]:
    """Valid bodies: a title, with or without each of the optional members."""
    return st.builds(
        lambda title, description, done: {"title": title, **description, **done},
        plain_text(1, 40),
        st.sampled_from(({}, {"description": ""})) | plain_text(1, 60).map(lambda text: {"description": text}),
        st.sampled_from(({}, {"done": True}, {"done": False})),
    )


def neighbourhoods(smallest: int, largest: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    """The bodies of some tasks that stand beside each other; equal ones are possible."""
    return st.lists(bodies(), min_size=smallest, max_size=largest)
