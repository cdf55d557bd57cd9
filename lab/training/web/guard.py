"""What stands before every request: from whose page it comes, how often, in which language; headers."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from http.cookies import CookieError, SimpleCookie
from threading import Lock

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from language import LANGUAGES, _, speaking

LANGUAGE_COOKIE, BROWSER_COOKIE, SEAT_COOKIE = "rhc_language", "rhc_browser", "rhc_seat"
CSRF_FIELD, CSRF_HEADER = "csrf", "X-CSRF-Token"
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
MOST_BYTES = 64 << 10
LOOPBACK = frozenset({"127.0.0.1", "localhost", "[::1]"})
_BROWSERS_AT_ONCE = 4096
_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
        "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}


@dataclass(frozen=True, slots=True)
class Rate:
    """So many requests at once, and so many a second from then on."""

    burst: float
    a_second: float


SEAT_RATE = Rate(120, 40)
ADDRESS_RATE = Rate(3000, 1500)
PASSWORD_RATE = Rate(5, 0.1)
"""Tries of the trainer's password from one address."""


class Buckets:
    """A bucket of requests for each name; a name that was not seen for long is forgotten. Thread-safe."""

    def __init__(self, rate: Rate) -> None:
        self._rate = rate
        self._lock = Lock()
        self._levels: dict[str, tuple[float, float]] = {}

    def take(self, name: str) -> bool:
        """Whether one more is allowed now."""
        now = time.monotonic()
        with self._lock:
            if len(self._levels) >= _BROWSERS_AT_ONCE:
                self._forget(now)
            level, seen = self._levels.get(name, (self._rate.burst, now))
            level = min(self._rate.burst, level + (now - seen) * self._rate.a_second)
            self._levels[name] = (level - 1 if level >= 1 else level, now)
            return level >= 1

    def _forget(self, now: float) -> None:
        full = self._rate.burst / self._rate.a_second
        self._levels = {name: one for name, one in self._levels.items() if now - one[1] < full}


class CsrfTokens:
    """The token of a browser: a MAC over its cookie, so that only a page of this server has it."""

    def __init__(self) -> None:
        self._key = secrets.token_bytes(32)

    def token(self, browser: str) -> str:
        """What a form of this browser carries."""
        return hmac.new(self._key, browser.encode(), hashlib.sha256).hexdigest()

    def fits(self, browser: str | None, given: str | None) -> bool:
        """Whether a request comes from a page that was made for this browser."""
        if not browser or not given or not given.isascii():
            return False
        return hmac.compare_digest(self.token(browser), given)


class Guard:
    """Refuses foreign host names, requests from other sites and too many of them; sets headers, language."""

    def __init__(self, app: ASGIApp, hosts: frozenset[str] | None) -> None:
        """`hosts` are the names that count; None under TLS, where the browser has checked the name."""
        self._app, self._hosts = app, hosts
        self._seats, self._addresses = Buckets(SEAT_RATE), Buckets(ADDRESS_RATE)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 400, 403 or 429."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        cookies = cookies_of(headers)

        async def headed(message: Message) -> None:
            if message["type"] == "http.response.start":
                found = MutableHeaders(scope=message)
                found.update(_HEADERS)
                if scope["scheme"] == "https":
                    found["Strict-Transport-Security"] = "max-age=31536000"
            await send(message)

        with speaking(language_of(cookies)):
            refused = self._refused(scope, headers, cookies)
            if refused is not None:
                await refused(scope, receive, headed)
                return
            await self._app(scope, receive, headed)

    def _refused(
        self, scope: Scope, headers: Headers, cookies: Mapping[str, str]
    ) -> PlainTextResponse | None:
        if self._hosts is not None and _host_name(headers.get("host", "")) not in self._hosts:
            return PlainTextResponse(_("This server does not have that name."), 400)
        if scope["method"] not in SAFE and headers.get("sec-fetch-site", "same-origin") != "same-origin":
            return PlainTextResponse(_("The request comes from another site."), 403)
        address = scope["client"][0] if scope.get("client") else ""
        seat = cookies.get(SEAT_COOKIE, "")
        if not self._addresses.take(address) or (seat and not self._seats.take(_short(seat))):
            return PlainTextResponse(_("Too many requests; wait a moment."), 429, {"Retry-After": "1"})
        return None


def cookies_of(headers: Headers) -> dict[str, str]:
    """The cookies of a request; none where they cannot be read."""
    try:
        return {name: one.value for name, one in SimpleCookie(headers.get("cookie", "")).items()}
    except CookieError:
        return {}


def language_of(cookies: Mapping[str, str]) -> str:
    """The language that was chosen; Chinese comes first."""
    chosen = cookies.get(LANGUAGE_COOKIE, "")
    return chosen if chosen in LANGUAGES else LANGUAGES[0]


def is_secure(request: Request) -> bool:
    """Whether cookies may demand TLS."""
    return request.url.scheme == "https"


def _short(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def _host_name(host: str) -> str:
    """The name without the port; an IPv6 address keeps its brackets."""
    return host if host.endswith("]") else host.rpartition(":")[0] or host
