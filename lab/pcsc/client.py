"""Questions to PC/SC, through the plain calls of pyscard: which readers are there, is a card in one of them.

libpcsclite takes the name of the socket from PCSCLITE_CSOCK_NAME at its first call and keeps it for the life
of the process, so a process talks to one pcscd only.
"""

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from card_os.spec.errors import Phrase
from lab.pcsc.errors import CardNotNoticed, PartsMissing, ServiceUnreachable

try:
    from smartcard import scard
except ImportError:  # pyscard is optional: work without PC/SC must be able to import the lab
    scard = None

SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"
SYSTEM_SOCKET = Path("/run/pcscd/pcscd.comm")


def client_socket() -> Path:
    """The socket that PC/SC programs of this process use."""
    return Path(os.environ.get(SOCKET_VARIABLE, SYSTEM_SOCKET))


def list_readers() -> tuple[str, ...]:
    """Names of all readers, as PC/SC gives them; `ServiceUnreachable` when pcscd does not answer."""
    with _context() as context:
        code, readers = scard.SCardListReaders(context, [])
        if code == scard.SCARD_E_NO_READERS_AVAILABLE:
            return ()
        _check("SCardListReaders", code)
        return tuple(readers)


def card_present(reader: str) -> bool:
    """Whether PC/SC sees a card in the reader now."""
    with _context() as context:
        return bool(_state(context, reader, 0, scard.SCARD_STATE_UNAWARE) & scard.SCARD_STATE_PRESENT)


def wait_card(reader: str, present: bool, timeout: float) -> None:
    """Wait (seconds) until PC/SC sees a card in the reader, or sees none; `CardNotNoticed` at the
    deadline."""
    deadline = time.monotonic() + timeout
    with _context() as context:
        state = _state(context, reader, 0, scard.SCARD_STATE_UNAWARE)
        while bool(state & scard.SCARD_STATE_PRESENT) is not present:
            left = deadline - time.monotonic()
            if left <= 0:
                raise CardNotNoticed(reason=_not_noticed(reader, present, timeout))
            state = _state(context, reader, int(left * 1000) + 1, state & ~scard.SCARD_STATE_CHANGED)


def _not_noticed(reader: str, present: bool, timeout: float) -> Phrase:
    if present:
        return Phrase(
            "PC/SC sees no card in the reader {reader!r} after {seconds:g} s", reader=reader, seconds=timeout
        )
    return Phrase(
        "PC/SC sees still a card in the reader {reader!r} after {seconds:g} s", reader=reader, seconds=timeout
    )


@contextmanager
def _context() -> Iterator[Any]:
    if scard is None:
        reason = Phrase("PC/SC needs the Python package pyscard; install it, or use --in-process")
        raise PartsMissing(reason=reason)
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_SYSTEM)
    _check("SCardEstablishContext", code)
    try:
        yield context
    finally:
        scard.SCardReleaseContext(context)


def _state(context: Any, reader: str, milliseconds: int, known: int) -> int:  # noqa: ANN401 - a handle of pyscard
    code, states = scard.SCardGetStatusChange(context, milliseconds, [(reader, known)])
    if code == scard.SCARD_E_TIMEOUT:
        return known
    _check("SCardGetStatusChange", code)
    return int(states[0][1])


def _check(call: str, code: int) -> None:
    if code != scard.SCARD_S_SUCCESS:
        reason = Phrase(
            "PC/SC does not answer on {socket}: {call} gives 0x{code:08X}",
            socket=client_socket(),
            call=call,
            code=code & 0xFFFFFFFF,
        )
        raise ServiceUnreachable(reason=reason)
