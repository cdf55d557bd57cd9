"""The HTTP server of a front server, on the loopback address: terminals ask, the list answers.

    POST /card    {"card_number": "…", "chip_serial": "…"}  ->  listed or not, why, and how old the list is
    GET  /status                                           ->  version, age and warning
    POST /sam     {"serial": "…", …}                       ->  what the issuer says of a SAM, passed on

The number travels in the body, since addresses end up in logs. Only who speaks to this machine by a name of
its own is answered: a page in a browser on it cannot ask by another name.
"""

from __future__ import annotations

import json
import sys
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from card_os.spec.errors import PlainError
from issuer.front_server import syncing
from issuer.front_server.answering import Desk
from issuer.front_server.home import FrontServerSettings, password_of
from issuer.front_server.upstream import Upstream
from language import _, describe

HOST = "127.0.0.1"
SAM_CHECK = "/sams/checks"
MOST_BYTES = 4096
MOST_SECONDS = 10
_NAMES = frozenset({HOST, "localhost", "[::1]"})
Reply = tuple[int, Mapping[str, object]]


@dataclass(frozen=True, slots=True)
class FrontServer:
    """What answers: by method and path."""

    home: Path
    settings: FrontServerSettings
    desk: Desk

    def routes(self) -> Mapping[tuple[str, str], Callable[[Mapping[str, Any]], Reply]]:
        """The calls there are."""
        return {
            ("POST", "/card"): self._card,
            ("GET", "/status"): self._status,
            ("POST", "/sam"): self._sam,
        }

    def _card(self, body: Mapping[str, Any]) -> Reply:
        number, serial = body.get("card_number"), body.get("chip_serial", "")
        if not isinstance(number, str) or not number or not isinstance(serial, str):
            return 422, _refusal("RequestError", _("card_number and chip_serial must be texts"))
        return 200, self.desk.look_up(number, serial).to_json()

    def _status(self, _body: Mapping[str, Any]) -> Reply:
        return 200, {"name": self.settings.name, "list": self.desk.state().to_json()}

    def _sam(self, body: Mapping[str, Any]) -> Reply:
        """Whether a SAM may be used is asked online, of the issuer.  # spec: issuance_and_ecard A.7"""
        upstream = Upstream(self.settings)
        upstream.sign_in(password_of(self.home))
        try:
            return 200, upstream.call("POST", SAM_CHECK, dict(body))
        finally:
            upstream.sign_out()


class _Server(ThreadingHTTPServer):
    """A server that says nothing of callers who hang up."""

    daemon_threads = True

    def handle_error(self, *_any: object) -> None:
        """Nothing: a call that broke off concerns its caller only."""


def serve(front: FrontServer, port: int, ready: Callable[[int], None], stop: threading.Event) -> None:
    """Answer until `stop` is set; `ready` hears the port. The list is synchronised from time to time."""
    server = _Server((HOST, port), _handler(front))
    loops = [
        threading.Thread(target=server.serve_forever, daemon=True),
        threading.Thread(target=_synchronise, args=(front, stop), daemon=True),
    ]
    for loop in loops:
        loop.start()
    try:
        ready(server.server_address[1])
        stop.wait()
    finally:
        server.shutdown()
        server.server_close()


def _synchronise(front: FrontServer, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            syncing.from_issuer(front.home, front.settings)
        except PlainError as error:
            warning = front.desk.state().warning
            print(describe(error), warning, sep="; " if warning else "", file=sys.stderr, flush=True)
        stop.wait(float(front.settings.sync_seconds))


def _handler(front: FrontServer) -> type[BaseHTTPRequestHandler]:
    routes = front.routes()
    paths = {path for _method, path in routes}

    class Handler(BaseHTTPRequestHandler):
        timeout = MOST_SECONDS
        protocol_version = "HTTP/1.1"
        server_version, sys_version = "front-server", ""

        def do_GET(self) -> None:
            self._reply()

        def do_POST(self) -> None:
            self._reply()

        def log_message(self, *_any: object) -> None:
            """Nothing: what terminals ask is not written down here."""

        def _reply(self) -> None:
            status, found = self._answered()
            raw = json.dumps(found, ensure_ascii=False).encode()
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(raw)))
            self.send_header("Cache-Control", "no-store")
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(raw)
            self.close_connection = True

        def _answered(self) -> Reply:
            if self.headers.get("Host", "").rpartition(":")[0] not in _NAMES:
                return 403, _refusal("HostError", _("this server answers its own machine only"))
            route = routes.get((self.command, self.path))
            if route is None:
                known = self.path in paths
                return (405 if known else 404), _refusal("NotFoundError", _("there is no such call"))
            try:
                return route(self._body())
            except ValueError:
                return 422, _refusal("RequestError", _("the body must be a small JSON object"))
            except PlainError as error:
                return 503, _refusal(type(error).__name__, describe(error))

        def _body(self) -> Mapping[str, Any]:
            if self.command == "GET":
                return {}
            length = int(self.headers.get("Content-Length", ""))
            if not 0 <= length <= MOST_BYTES:
                raise ValueError
            try:
                found = json.loads(self.rfile.read(length))
            except RecursionError:
                raise ValueError from None
            if not isinstance(found, dict):
                raise ValueError  # noqa: TRY004  it is the same refusal
            return found

    return Handler


def _refusal(kind: str, message: str) -> dict[str, object]:
    return {"error": kind, "message": message}
