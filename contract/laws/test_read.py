"""Reading: what the safe methods answer, and that they are safe."""

from __future__ import annotations

from contract import expect
from contract.api import Api
from contract.conditional import if_none_match
from contract.requirement import requirement
from contract.tasks import COLLECTION, item

_OFTEN = 11
_SUGGESTIVE = tuple(f"?title=changed&description=changed&done={done}&id=1&_method=DELETE" for done in ("true", "false"))


@requirement("read.missing", source="RFC 9110 15.5.5")
def test_missing(api: Api) -> None:
    """An id that was deleted, or a large one that no list has, is 404 for GET, HEAD, PUT and DELETE."""
    (present,) = api.neighbours(1)
    missing = api.missing()
    api.present_state([present])

    for id in missing:
        expect.status(api.observer.read(id), 404)
        expect.status(api.read(id), 404)
        expect.status(api.head(id), 404)
    api.end_of_reading()
    for id in missing:
        expect.status(api.replace(id, api.sample()), 404)
        expect.status(api.delete(id), 404)
    expect.status(api.read(present.id), 200)
    expect.status(api.head(present.id), 200)


@requirement("read.safe", source="RFC 9110 9.2.1")
def test_safe(api: Api) -> None:
    """GET, HEAD and OPTIONS change nothing, however often they are sent."""
    tasks = api.neighbours(4)
    deleted = tasks.pop(2)
    api.removed(deleted.id)
    before = api.observer.present_state(tasks)

    paths = [item(tasks[1].id), item(deleted.id), COLLECTION, COLLECTION + "?done=true&limit=1"]
    paths += [path + query for path in (item(tasks[1].id), COLLECTION) for query in _SUGGESTIVE]
    for method in ("GET", "HEAD", "OPTIONS"):
        for path in paths:
            answer = api.send(method, path)
            expect.unchanged_list(before, *api.observer.listed_with_anchors(tasks), answer)
    for condition in (api.read(tasks[1].id).header("etag") or "*", "*", '"no-such"'):
        for send in (api.read, api.head):
            answer = send(tasks[1].id, headers=if_none_match(condition))
    expect.unchanged(before, api.observer.state(tasks), answer)
    for method, often in (("GET", _OFTEN), ("HEAD", 4), ("OPTIONS", 4)):
        for path in (item(tasks[0].id), item(tasks[1].id), COLLECTION):
            for _ in range(often):
                answer = api.send(method, path)
    expect.unchanged(before, api.observer.state(tasks), answer)
    expect.status(api.observer.read(deleted.id), 404)
