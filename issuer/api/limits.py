"""How much one call may send, and the headers that every answer bears."""

from __future__ import annotations

from contextlib import suppress

from starlette.datastructures import MutableHeaders
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from language import _

MOST_BYTES = 32 << 20
_HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
}


class BodyTooLargeError(Exception):
    """A body that went on past the limit."""


class Limits:
    """Refuses bodies over `most` bytes, whatever their header says, and keeps answers out of caches."""

    def __init__(self, app: ASGIApp, most: int = MOST_BYTES) -> None:
        self._app, self._most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a call on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        taken = 0

        async def counted() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self._most:
                raise BodyTooLargeError
            return message

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    found.setdefault(name, value)
            # whatever the application made of the body that broke off, the caller hears why
            if taken <= self._most:
                await send(message)

        with suppress(BodyTooLargeError):
            await self._app(scope, counted, headed)
        if taken > self._most:
            text = _("the body is larger than {most} bytes").format(most=self._most)
            content = {"error": "TooLargeError", "message": text, "field": None}
            await JSONResponse(content, 413, _HEADERS)(scope, receive, send)
