"""What every answer needs, whoever makes it."""

import anyio
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

MAX_DRAINED_BYTES = 1_048_576
MAX_DRAIN_SECONDS = 2


class NoSniff:
    """Tells browsers to take the media type as it is labelled."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_labelled(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message)["X-Content-Type-Options"] = "nosniff"
            await send(message)

        await self.app(scope, receive, send_labelled)


class DrainBody:
    """Reads what a refusal left of the request body before the answer starts.

    A client that is still sending when the connection closes can lose the answer to a TCP reset. One that got a final
    answer instead of ``100 Continue`` sends no body at all, and uvicorn would take its next request for that body.
    What goes beyond the limits, uvicorn discards after the answer.
    """

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        more_body = scope["type"] == "http"

        async def track() -> Message:
            nonlocal more_body
            message = await receive()
            more_body = message.get("more_body", False)
            return message

        async def drain_and_send(message: Message) -> None:
            if message["type"] == "http.response.start":
                drained = 0
                with anyio.move_on_after(MAX_DRAIN_SECONDS):
                    while more_body and drained < MAX_DRAINED_BYTES:
                        drained += len((await track()).get("body", b""))
            await send(message)

        await self.app(scope, track, drain_and_send)
