"""Which paths and methods exist."""

from collections.abc import Iterable

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute, Match
from starlette.types import Scope


class ExactRoute(APIRoute):
    """A route that does not match ``/tasks%0A``: the ``$`` at the end of Starlette's patterns allows a line feed."""

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        if scope["path"].endswith("\n"):
            return Match.NONE, {}
        return super().matches(scope)


def allowed_methods(routes: Iterable[BaseRoute], request: Request) -> str:
    """Collect the methods of all routes that have the path of a request, for the header Allow."""
    methods: set[str] = set()
    for route in routes:
        if isinstance(route, APIRoute) and route.matches(request.scope)[0] is not Match.NONE:
            methods |= route.methods or set()
    return ", ".join(sorted(methods))
