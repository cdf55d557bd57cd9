"""A running simulator is told from another terminal what to do: one JSON line there, one back.

The socket lies in a directory that only its owner may enter.
"""

from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import gettempdir
from typing import Any

from card_os.spec.errors import PlainError
from language import _, describe

VARIABLE = "RHC_SIM_SOCKET"
OWNER_ONLY = 0o700
LONGEST_LINE = 64 * 1024
ANSWER_SECONDS = 30.0

Answer = dict[str, Any]
Handler = Callable[[dict[str, str | None]], Answer]


class NoSimulatorError(PlainError):
    """Nobody listens on the control socket."""

    template = "no simulator runs here (start one with `rhc sim`)"


class SimulatorBusyError(PlainError):
    """Another simulator has the control socket."""

    template = "another simulator listens on {path}; end it, or set RHC_SIM_SOCKET for this one"


class RefusedBySimulatorError(PlainError):
    """The simulator said no."""

    template = "{reason}"


def socket_path() -> Path:
    """Where the simulator of this user listens."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else Path(gettempdir()) / f"rhc-sim-{os.geteuid()}" / "control.sock"


def ask(request: dict[str, str | None]) -> Answer:
    """Send a request to the running simulator; raises NoSimulatorError, RefusedBySimulatorError."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as line:
        line.settimeout(ANSWER_SECONDS)
        try:
            line.connect(str(socket_path()))
        except OSError:
            raise NoSimulatorError from None
        line.sendall(json.dumps(request).encode("utf-8") + b"\n")
        with line.makefile("rb") as stream:
            given = stream.readline(LONGEST_LINE)
    if not given:
        raise NoSimulatorError
    answer: Answer = json.loads(given)
    if "error" in answer:
        raise RefusedBySimulatorError(reason=answer["error"])
    return answer


@contextmanager
def listening(handle: Handler) -> Iterator[Path]:
    """Answer requests while the context lasts; raises SimulatorBusyError.

    What `handle` raises as PlainError becomes the answer's error.
    """
    path = socket_path()
    path.parent.mkdir(mode=OWNER_ONLY, parents=True, exist_ok=True)
    if _answers(path):
        raise SimulatorBusyError(path=path)
    path.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(path))
        path.chmod(0o600)
        listener.listen()
        thread = threading.Thread(target=_serve, args=(listener, handle), name="control", daemon=True)
        thread.start()
        try:
            yield path
        finally:
            path.unlink(missing_ok=True)
            with suppress(OSError):  # wakes the thread out of accept
                listener.shutdown(socket.SHUT_RDWR)
            thread.join(ANSWER_SECONDS)


def _answers(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except OSError:
            return False
    return True


def _serve(listener: socket.socket, handle: Handler) -> None:
    while True:
        try:
            line, _address = listener.accept()
        except OSError:
            return
        with line, suppress(OSError):
            line.settimeout(ANSWER_SECONDS)
            with line.makefile("rb") as stream:
                given = stream.readline(LONGEST_LINE)
            if given:
                line.sendall(json.dumps(_answer(handle, given)).encode("utf-8") + b"\n")


def _answer(handle: Handler, given: bytes) -> Answer:
    try:
        request = json.loads(given)
        if not isinstance(request, dict):
            raise TypeError  # noqa: TRY301
    except (ValueError, TypeError):
        return {"error": _("a JSON object is expected")}
    try:
        return handle(request)
    except Exception as error:
        return {"error": describe(error)}
