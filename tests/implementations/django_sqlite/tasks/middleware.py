"""What every answer of the API has in common."""

from collections.abc import Callable

from django.http import HttpRequest, HttpResponse

from tasks.errors import ApiError


class ApiMiddleware:
    """Answers refusals, labels each body with its length, and answers HEAD without it."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if response.content:
            # Without a length waitress closes the connection after each answer.
            response.headers["Content-Length"] = str(len(response.content))
            if request.method == "HEAD":
                # Neither Django nor waitress drops it, and the next answer would be out of step.
                response.content = b""
        return response

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        """Answer a refusal; leave anything else to Django."""
        return exception.response() if isinstance(exception, ApiError) else None
