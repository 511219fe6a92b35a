"""Hypothesis strategies for what clients send, and the corpora of awkward ids."""

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
    return st.fixed_dictionaries(
        {"title": plain_text(1, 40)},
        optional={"description": plain_text(0, 60), "done": st.booleans()},
    )


def neighbourhoods(smallest: int = 2, largest: int = 4) -> st.SearchStrategy[list[dict[str, Any]]]:
    """The bodies of some tasks that stand beside each other; equal ones are possible."""
    return st.lists(bodies(), min_size=smallest, max_size=largest)
