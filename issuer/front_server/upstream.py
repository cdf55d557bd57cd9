"""The issuer as a front server sees it: a handful of calls of its HTTP interface."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

from card_os.spec.errors import Phrase, PlainError
from issuer.front_server.home import FrontServerSettings

TIMEOUT = 20.0
"""Seconds for one call."""
MOST_BYTES = 256 << 20


class UpstreamError(PlainError):
    """The issuer cannot be reached, refuses, or answers what nobody understands."""

    template = "the issuer at {address}: {reason}"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A list or a delta as text, empty where there is nothing newer."""

    text: str
    is_delta: bool


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """The credentials go to the issuer that was set, and nowhere else."""

    def redirect_request(self, *_any: object) -> None:
        """No."""


_opener = urllib.request.build_opener(_NoRedirect, urllib.request.ProxyHandler({}))


@dataclass(slots=True)
class Upstream:
    """A signed-in line to the issuer."""

    settings: FrontServerSettings
    token: str = field(default="", repr=False)

    def sign_in(self, password: str) -> None:
        """Sign in as the operator of this server; raises UpstreamError."""
        found = self.call("POST", "/session", {"name": self.settings.operator, "password": password})
        self.token = str(found.get("token", ""))

    def sign_out(self) -> None:
        """End the session; what goes wrong with that is no matter."""
        try:
            self.call("DELETE", "/session")
        except UpstreamError:
            return

    def fetch(self, since: int) -> Fetched:
        """What is new behind a version; raises UpstreamError."""
        found = self.call("GET", f"/lists/servers/{self._name}/list?since={since}")
        return Fetched(str(found.get("text", "")), found.get("is_delta") is True)

    def hold(self, version: int) -> None:
        """Say which version is held; raises UpstreamError."""
        self.call("PUT", f"/lists/servers/{self._name}/version", {"version": version})

    def report_swipes(self, lines: list[str]) -> dict[str, Any]:
        """Hand in lines of a swipe log; raises UpstreamError."""
        return self.call("POST", f"/lists/servers/{self._name}/swipes", {"lines": lines})

    def call(self, method: str, path: str, body: object = None) -> dict[str, Any]:
        """One call; the answer as JSON, empty without one. Raises UpstreamError."""
        request = urllib.request.Request(  # noqa: S310  the settings allow http and https only
            self.settings.issuer.rstrip("/") + path,
            data=None if body is None else json.dumps(body).encode(),
            method=method,
            headers={"Content-Type": "application/json", "Authorization": f"Bearer {self.token}"},
        )
        try:
            with _opener.open(request, timeout=TIMEOUT) as answer:
                raw = answer.read(MOST_BYTES + 1)
        except urllib.error.HTTPError as error:
            raise self._failed(_refusal(error)) from None
        except urllib.error.URLError as error:
            raise self._failed(str(error.reason)) from None
        except (OSError, http.client.HTTPException) as error:
            raise self._failed(str(error) or type(error).__name__) from None
        if len(raw) > MOST_BYTES:
            raise self._failed(Phrase("it answers more than {most} bytes", most=MOST_BYTES))
        try:
            found = json.loads(raw or b"{}")
        except (ValueError, RecursionError):
            raise self._failed(Phrase("its answer is no JSON")) from None
        if not isinstance(found, dict):
            raise self._failed(Phrase("its answer is no JSON"))
        return found

    @property
    def _name(self) -> str:
        return quote(self.settings.name, safe="")

    def _failed(self, reason: object) -> UpstreamError:
        return UpstreamError(address=self.settings.issuer, reason=reason)


def _refusal(error: urllib.error.HTTPError) -> str:
    """What the issuer says of a refusal, in its own language."""
    try:
        return str(json.loads(error.read(10_000))["message"])
    except (ValueError, LookupError, TypeError, OSError):
        return f"HTTP {error.code}"
