"""Creation: POST on the collection."""

from __future__ import annotations

from contract import expect
from contract.api import Api
from contract.requirement import requirement


@requirement("create.stored", source="RFC 9110 9.3.3")
def test_stored(api: Api) -> None:
    """201 answers the task as sent, defaults filled in, with its id, and every later read says the same."""
    answer = api.create(api.sample())
    expect.status(answer, 201)
