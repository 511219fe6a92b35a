"""Faults of the list."""

from __future__ import annotations

from urllib.parse import unquote_plus

from tests.faults import Fault
from tests.faults.healthy import LARGEST_ID, Members, Refused, Request, Response, Task


class ListIsASummary(Fault):
    """The list leaves the description out."""

    breaks = "list.complete"
    also = ("openapi.schema",)

    def listed(self, task: Task) -> Members:
        return {name: value for name, value in task.items() if name != "description"}


class EmptyListIsMissing(Fault):
    """The list of a store without tasks is answered with 404."""

    breaks = "list.complete"

    def list_tasks(self, request: Request) -> Response:
        if not self.tasks:
            raise Refused(404, "No tasks found")
        return super().list_tasks(request)


class EmptyListIsNull(Fault):
    """The list of a store without tasks is null."""

    breaks = "list.complete"

    def list_tasks(self, request: Request) -> Response:
        response = super().list_tasks(request)
        response.body = response.body if self.tasks else b"null"
        return response


class EmptyListFails(Fault):
    """The list asks for the largest id of a store without tasks, and is answered with 500."""

    breaks = "list.complete"

    def list_tasks(self, request: Request) -> Response:
        max(self.tasks)
        return super().list_tasks(request)


class ListSkipsTheNewest(Fault):
    """The list has no room for the newest task."""

    breaks = "list.complete"
    also = (
        *("create.stored", "create.once", "create.bystanders", "list.filter"),
        *("update.replaces", "delete.gone", "delete.bystanders", "state.model"),
    )

    def matching(self, done: bool | None, after: int) -> list[Task]:
        return super().matching(done, after)[:-1]


class LimitIsRemembered(Fault):
    """Without a limit the list takes that of the last list that named one."""

    breaks = "list.limit"
    also = ("state.stateless",)

    def __init__(self) -> None:
        super().__init__()
        self.named = 100

    def number(self, request: Request, name: str, default: int, smallest: int, largest: int) -> int:
        number = super().number(request, name, default, smallest, largest)
        if name != "limit":
            return number
        self.named = number if "limit" in request.query else self.named
        return self.named


class EqualTasksAreListedOnce(Fault):
    """Of tasks with equal members only the first is listed."""

    breaks = "list.complete"
    also = ("create.once", "update.bystanders", "delete.bystanders")

    def matching(self, done: bool | None, after: int) -> list[Task]:
        seen: list[Members] = []
        kept = []
        for task in super().matching(done, after):
            members = {name: value for name, value in task.items() if name != "id"}
            if members not in seen:
                kept.append(task)
            seen.append(members)
        return kept


class ListTruncatesDescriptions(Fault):
    """The list shows the first ten characters of a description."""

    breaks = "list.complete"
    also = ("update.replaces", "create.stored")

    def listed(self, task: Task) -> Members:
        return {**task, "description": task["description"][:5]}


class OrderedByText(Fault):
    """The list is ordered by the text of the ids."""

    breaks = "list.order"

    def order(self, task: Task) -> str:
        return str(task["id"])


class NewestFirst(Fault):
    """The list begins with the newest task."""

    breaks = "list.order"

    def order(self, task: Task) -> int:
        return -int(task["id"])


class DoneComesLast(Fault):
    """The list has open tasks first."""

    breaks = "list.order"
    also = ("update.bystanders", "update.idempotent")

    def order(self, task: Task) -> tuple[bool, int]:
        return task["done"], task["id"]


class ListAnswersAnObject(Fault):
    """The list is wrapped into an object."""

    breaks = "list.complete"
    also = ("openapi.schema", "create.stored", "update.replaces", "list.order", "create.once")

    def list_tasks(self, request: Request) -> Response:
        response = super().list_tasks(request)
        response.body = b'{"tasks": ' + response.body + b"}"
        return response


class NextForgetsTheFilter(Fault):
    """The address of the next page leaves the filter out."""

    breaks = "list.filter"

    def next_page(self, request: Request, page: list[Task], limit: int) -> str:
        return super().next_page(request, page, limit).partition("&done=")[0]


class FalseIsNoFilter(Fault):
    """done=false is taken for no filter at all."""

    breaks = "list.filter"

    def matching(self, done: bool | None, after: int) -> list[Task]:
        return super().matching(done or None, after)


class FilterIsAnOldIndex(Fault):
    """The filter goes by what done was when the task was created."""

    breaks = "list.filter"
    also = ("update.replaces", "state.model", "race.update", "race.if-match")

    def __init__(self) -> None:
        super().__init__()
        self.created_done: dict[int, bool] = {}

    def add(self, members: Members) -> Task:
        task = super().add(members)
        self.created_done[task["id"]] = task["done"]
        return task

    def matching(self, done: bool | None, after: int) -> list[Task]:
        return [task for task in super().matching(None, after) if done in (None, self.created_done[task["id"]])]


class FilterInAnyCase(Fault):
    """done=True and done=FALSE are taken for true and false."""

    breaks = "list.filter"
    also = ("openapi.rejects",)

    def list_tasks(self, request: Request) -> Response:
        if "done" in request.query:
            request.query["done"] = request.query["done"].lower()
        return super().list_tasks(request)


class EmptyFilterIsNone(Fault):
    """An empty value of done is taken for no filter."""

    breaks = "list.filter"
    also = ("openapi.rejects",)

    def list_tasks(self, request: Request) -> Response:
        if not request.query.get("done"):
            request.query.pop("done", None)
        return super().list_tasks(request)


class UnknownParameterIsRefused(Fault):
    """A query parameter that nobody knows is refused."""

    breaks = "list.filter"

    def list_tasks(self, request: Request) -> Response:
        if request.query.keys() - {"done", "limit", "after"}:
            raise Refused(400, "The query is unknown")
        return super().list_tasks(request)


class PageHoldsOneMore(Fault):
    """A page with a limit below 100 holds one task more."""

    breaks = "list.limit"

    def number(self, request: Request, name: str, default: int, smallest: int, largest: int) -> int:
        number = super().number(request, name, default, smallest, largest)
        return number + 1 if name == "limit" and number < largest else number


class LimitIsClamped(Fault):
    """A limit out of range is brought into it."""

    breaks = "list.limit"
    also = ("openapi.rejects",)

    def number(self, request: Request, name: str, default: int, smallest: int, largest: int) -> int:
        text = request.query.get(name, "")
        if name == "limit" and text.lstrip("-").isdecimal() and len(text) < 9:
            return min(max(int(text), smallest), largest)
        return super().number(request, name, default, smallest, largest)


class NumbersAsPythonReadsThem(Fault):
    """Numbers of a query may have spaces, a plus sign, underscores and digits of other scripts."""

    breaks = "list.limit"
    also = ("openapi.rejects",)

    def number(self, request: Request, name: str, default: int, smallest: int, largest: int) -> int:
        try:
            number = int(request.query.get(name, default))
        except ValueError:
            raise Refused(400, f"{name} is no number") from None
        if not smallest <= number <= largest:
            raise Refused(400, f"{name} is out of range")
        return number


class LimitIsAFloat(Fault):
    """A limit of 1e1 or 1.5 is read as a float and truncated."""

    breaks = "list.limit"
    also = ("openapi.rejects",)

    def number(self, request: Request, name: str, default: int, smallest: int, largest: int) -> int:
        text = request.query.get(name, "")
        if name == "limit" and text[:1].isdigit() and set(text) & set(".e") and text.isascii():
            request.query[name] = str(int(float(text)))
        return super().number(request, name, default, smallest, largest)


class NoLimitByDefault(Fault):
    """Without a limit the list comes in one piece."""

    breaks = "list.limit"

    def number(self, request: Request, name: str, default: int, smallest: int, largest: int) -> int:
        if name == "limit" and name not in request.query:
            return LARGEST_ID
        return super().number(request, name, default, smallest, largest)


class TwentyByDefault(Fault):
    """Without a limit a page holds 20 tasks."""

    breaks = "list.limit"

    def number(self, request: Request, name: str, default: int, smallest: int, largest: int) -> int:
        return super().number(request, name, 20 if name == "limit" else default, smallest, largest)


class AfterIsInclusive(Fault):
    """The list begins with the task that after names."""

    breaks = "list.limit"
    also = ("list.next", "list.stable")

    def matching(self, done: bool | None, after: int) -> list[Task]:
        return super().matching(done, after - 1)


class AfterIsAnyInteger(Fault):
    """A negative after, or one beyond the largest id, is accepted."""

    breaks = "list.limit"
    also = ("openapi.rejects",)

    def number(self, request: Request, name: str, default: int, smallest: int, largest: int) -> int:
        text = request.query.get(name, "")
        if name == "after" and text.removeprefix("-").isdecimal() and text.isascii():
            return int(text[:20])
        return super().number(request, name, default, smallest, largest)


class NextForgetsTheLimit(Fault):
    """The address of the next page leaves the limit out."""

    breaks = "list.limit"

    def next_page(self, request: Request, page: list[Task], limit: int) -> str:
        return super().next_page(request, page, limit).replace(f"&limit={limit}", "")


class FullPageHasNext(Fault):
    """A full page names a next one, also where it is the last."""

    breaks = "list.next"

    def list_tasks(self, request: Request) -> Response:
        response = super().list_tasks(request)
        done, after, limit = self.page_query(request)
        page = self.matching(done, after)[:limit]
        if len(page) == limit:
            response.headers["Link"] = f'<{self.next_page(request, page, limit)}>; rel="next"'
        return response


class NextCountsWhatDoesNotMatch(Fault):
    """A filtered page names a next one as long as there are more tasks of any kind."""

    breaks = "list.next"

    def list_tasks(self, request: Request) -> Response:
        response = super().list_tasks(request)
        done, after, limit = self.page_query(request)
        page = self.matching(done, after)[:limit]
        if page and self.matching(None, page[-1]["id"]):
            response.headers["Link"] = f'<{self.next_page(request, page, limit)}>; rel="next"'
        return response


class NextOnlyWithLimit(Fault):
    """A next page is named only where the request has a limit."""

    breaks = "list.next"
    also = ("state.capacity",)

    def list_tasks(self, request: Request) -> Response:
        response = super().list_tasks(request)
        if "limit" not in request.query:
            response.headers.pop("Link", None)
        return response


class NextSkipsOne(Fault):
    """The next page begins two ids after the last one."""

    breaks = "list.next"
    also = ("list.stable",)

    def next_page(self, request: Request, page: list[Task], limit: int) -> str:
        address = super().next_page(request, page, limit)
        return address.replace(f"after={page[-1]['id']}&", f"after={page[-1]['id'] + 1}&")


class CursorIsText(Fault):
    """The next page begins after the last id as text."""

    breaks = "list.next"
    also = ("list.stable",)

    def next_page(self, request: Request, page: list[Task], limit: int) -> str:
        return super().next_page(request, page, limit).replace("after=", "cursor=")

    def list_tasks(self, request: Request) -> Response:
        self.cursor = request.query.get("cursor", "")
        return super().list_tasks(request)

    def matching(self, done: bool | None, after: int) -> list[Task]:
        return [task for task in super().matching(done, after) if not self.cursor or str(task["id"]) > self.cursor]


class SecondPageIsTheLast(Fault):
    """The second page names no next one."""

    breaks = "list.next"
    also = ("list.stable",)

    def next_page(self, request: Request, page: list[Task], limit: int) -> str:
        return super().next_page(request, page, limit) + "&page=2"

    def list_tasks(self, request: Request) -> Response:
        response = super().list_tasks(request)
        if "page" in request.query:
            response.headers.pop("Link", None)
        return response


class PagesByOffset(Fault):
    """The next page begins after as many tasks as were shown before."""

    breaks = "list.stable"

    def next_page(self, request: Request, page: list[Task], limit: int) -> str:
        shown = int(request.query.get("offset", 0)) + len(page)
        after = request.query.get("after", 0)
        done = f"&done={request.query['done']}" if "done" in request.query else ""
        return f"/tasks?after={after}&offset={shown}&limit={limit}{done}"

    def list_tasks(self, request: Request) -> Response:
        self.offset = int(request.query.get("offset", 0))
        return super().list_tasks(request)

    def matching(self, done: bool | None, after: int) -> list[Task]:
        return super().matching(done, after)[self.offset :]


class CursorMustExist(Fault):
    """A page that begins after a deleted task is refused."""

    breaks = "list.stable"

    def next_page(self, request: Request, page: list[Task], limit: int) -> str:
        return super().next_page(request, page, limit) + "&cursor=" + str(page[-1]["id"])

    def list_tasks(self, request: Request) -> Response:
        cursor = request.query.get("cursor")
        if cursor is not None and int(cursor) not in self.tasks:
            raise Refused(400, "The cursor is invalid")
        return super().list_tasks(request)


class LostCursorStartsAnew(Fault):
    """Where the last task of a page was deleted, the walk begins anew."""

    breaks = "list.stable"

    def next_page(self, request: Request, page: list[Task], limit: int) -> str:
        start = request.query.get("start", request.query.get("after", "0"))
        return f"{super().next_page(request, page, limit)}&cursor={page[-1]['id']}&start={unquote_plus(start)}"

    def list_tasks(self, request: Request) -> Response:
        cursor = request.query.get("cursor")
        if cursor is not None and int(cursor) not in self.tasks:
            request.query["after"] = request.query["start"]
        return super().list_tasks(request)


class CursorPointsAtTheNext(Fault):
    """The next page begins with a certain task, and is empty where that was deleted."""

    breaks = "list.stable"

    def next_page(self, request: Request, page: list[Task], limit: int) -> str:
        done, *_ = self.page_query(request)
        first = self.matching(done, page[-1]["id"])[0]["id"]
        return f"{super().next_page(request, page, limit)}&first={first}"

    def list_tasks(self, request: Request) -> Response:
        first = int(request.query.get("first", 0))
        if first and first not in self.tasks:
            return self.json(200, [])
        return super().list_tasks(request)


class FilterTakesTheLikeForOne(Fault):
    """Of tasks with equal members the filtered list has the first only."""

    breaks = "list.filter"

    def matching(self, done: bool | None, after: int) -> list[Task]:
        matching = super().matching(done, after)
        if done is None:
            return matching
        unlike = {(task["title"], task["description"]): task for task in reversed(matching)}
        return sorted(unlike.values(), key=self.order)


class DeletedCountForTheNextPage(Fault):
    """A next page is named by a count that deletions do not lower."""

    breaks = "list.next"

    def __init__(self) -> None:
        super().__init__()
        self.deleted: list[Task] = []

    def remove(self, task: Task) -> None:
        super().remove(task)
        self.deleted.append(task)

    def list_tasks(self, request: Request) -> Response:
        response = super().list_tasks(request)
        done, after, limit = self.page_query(request)
        page = self.matching(done, after)[:limit]
        if any(task["id"] > page[-1]["id"] and done in (None, task["done"]) for task in self.deleted if page):
            response.headers["Link"] = f'<{self.next_page(request, page, limit)}>; rel="next"'
        return response


class AnyMemberFilters(Fault):
    """The list is filtered by any parameter that is called like a member."""

    breaks = "list.filter"

    def list_tasks(self, request: Request) -> Response:
        everything = self.tasks
        self.tasks = {
            id: task
            for id, task in everything.items()
            if all(str(task[name]) == request.query.get(name, str(task[name])) for name in ("id", "title"))
        }
        try:
            return super().list_tasks(request)
        finally:
            self.tasks = everything
