"""Channels to cards in PC/SC readers.

The calls of PC/SC are used as they are: the comfortable layers of pyscard add threads and commands of their
own. pyscard is optional and asked for when the first reader is.
"""

from __future__ import annotations

import importlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from reader_client import reader_choice
from reader_client.channel import ReaderState
from reader_client.errors import (
    CardRemovedError,
    CardTakenError,
    NoCardError,
    NoPcscError,
    PyscardMissingError,
)

READER_VARIABLE = "RHC_READER"
SAM_READER_VARIABLE = "RHC_SAM_READER"

_GONE = (
    "SCARD_W_REMOVED_CARD",
    "SCARD_W_UNPOWERED_CARD",
    "SCARD_W_UNRESPONSIVE_CARD",
    "SCARD_E_NO_SMARTCARD",
    "SCARD_E_READER_UNAVAILABLE",
    "SCARD_E_NOT_TRANSACTED",
    "SCARD_F_COMM_ERROR",
)
_ABSENT = (*_GONE, "SCARD_W_UNSUPPORTED_CARD", "SCARD_E_PROTO_MISMATCH", "SCARD_E_UNKNOWN_READER")
_SUCCESS = 0
_ATTEMPTS = 5
_TAKEN = ("SCARD_W_RESET_CARD", "SCARD_E_SHARING_VIOLATION")


def list_readers() -> tuple[ReaderState, ...]:
    """All readers with the ATR of the card in each; raises NoPcscError, PyscardMissingError."""
    with _context() as (scard, context):
        code, names = scard.SCardListReaders(context, [])
        if _is(scard, code, ("SCARD_E_NO_READERS_AVAILABLE",)):
            return ()
        _check(scard, code, "SCardListReaders")
        code, states = scard.SCardGetStatusChange(
            context, 0, [(name, scard.SCARD_STATE_UNAWARE) for name in names]
        )
        _check(scard, code, "SCardGetStatusChange")
        return tuple(
            ReaderState(name, bytes(atr) if state & scard.SCARD_STATE_PRESENT and atr else None)
            for name, state, atr in states
        )


class PcscChannel:
    """The card in one reader, reset before its first command.

    The reset is not a courtesy: PC/SC keeps a card powered between programs, so that the next one would
    meet the rights of the one before.  # spec: pcsc.md fact 6
    """

    def __init__(self, reader: str, *, exclusive: bool = False) -> None:
        """Connect to the reader of that name or part of a name; `exclusive` keeps other programs out.

        Raises NoReaderError, NoCardError, CardTakenError.
        """
        self.shared = not exclusive
        self.reader = reader_choice.find(list_readers(), reader).name
        self._holder = _context()
        self._scard, self._context = self._holder.__enter__()
        self._card: Any = None
        self._first_atr: bytes | None = None
        try:
            self._connect()
            self._first_atr = self._reset()
            self._atr: bytes | None = self._first_atr
        except BaseException:
            self.close()
            raise

    def begin(self) -> bool:
        """SCardBeginTransaction; whether another program has reset the card since the last one.

        Raises CardRemovedError where the card is gone or another one lies there, CardTakenError where the
        others reset it again and again.
        """
        scard, was_reset = self._scard, False
        for _ in range(_ATTEMPTS):
            code = scard.SCardBeginTransaction(self._card)
            if code == _SUCCESS:
                if was_reset:
                    self._demand_first_card()
                return was_reset
            if not _is(scard, code, ("SCARD_W_RESET_CARD",)):
                self._raise_if_lost(code)
                _check(scard, code, "SCardBeginTransaction")
            was_reset = True
            self._reconnect(scard.SCARD_LEAVE_CARD)
        raise CardTakenError(reader=self.reader)

    def _demand_first_card(self) -> None:
        # asked inside the transaction: in the middle of a reset by another program a card has no ATR
        try:
            atr = self._status_atr()
        except BaseException:
            self.end()
            raise
        if self._first_atr not in (None, atr):
            self.end()
            raise CardRemovedError(reader=self.reader)

    def end(self) -> None:
        """SCardEndTransaction; a card that is gone by now shows itself at the next command."""
        self._scard.SCardEndTransaction(self._card, self._scard.SCARD_LEAVE_CARD)

    def reset(self) -> bytes:
        """Warm reset; right after connecting it is done already."""
        atr, self._atr = self._atr, None
        return atr if atr is not None else self._reset()

    def transmit(self, command: bytes) -> bytes:
        """One exchange; raises CardRemovedError, CardTakenError."""
        self._atr = None
        code, response = self._scard.SCardTransmit(self._card, self._protocol_info, list(command))
        if code != _SUCCESS:
            self._raise_if_lost(code)
            _check(self._scard, code, "SCardTransmit")
        # power that goes away in mid-command looks like success with nothing in it; spec: pcsc.md fact 3
        if len(response) < 2:
            raise CardRemovedError(reader=self.reader)
        return bytes(response)

    def close(self) -> None:
        """Disconnect with a reset, so that no right outlives this program."""
        if self._card is not None:
            self._scard.SCardDisconnect(self._card, self._scard.SCARD_RESET_CARD)
            self._card = None
        if self._context is not None:
            self._context = None
            self._holder.__exit__(None, None, None)

    def _connect(self) -> None:
        scard = self._scard
        code, card, protocol = scard.SCardConnect(self._context, self.reader, self._share, self._protocols)
        if _is(scard, code, _TAKEN):
            raise CardTakenError(reader=self.reader)
        if _is(scard, code, _ABSENT):
            raise NoCardError(reader=self.reader)
        _check(scard, code, "SCardConnect")
        self._card = card
        self._use(protocol)

    def _reset(self) -> bytes:
        # a reset is refused while another program has a transaction
        self.begin()
        try:
            self._reconnect(self._scard.SCARD_RESET_CARD)
            return self._status_atr()
        finally:
            self.end()

    def _reconnect(self, initialization: int) -> None:
        code, protocol = self._scard.SCardReconnect(self._card, self._share, self._protocols, initialization)
        self._raise_if_lost(code)
        _check(self._scard, code, "SCardReconnect")
        self._use(protocol)

    def _status_atr(self) -> bytes:
        code, _reader, _state, _protocol, atr = self._scard.SCardStatus(self._card)
        self._raise_if_lost(code)
        _check(self._scard, code, "SCardStatus")
        return bytes(atr)

    @property
    def _share(self) -> int:
        return int(self._scard.SCARD_SHARE_SHARED if self.shared else self._scard.SCARD_SHARE_EXCLUSIVE)

    @property
    def _protocols(self) -> int:
        return int(self._scard.SCARD_PROTOCOL_T0 | self._scard.SCARD_PROTOCOL_T1)

    def _use(self, protocol: int) -> None:
        t0 = protocol == self._scard.SCARD_PROTOCOL_T0
        self._protocol_info = self._scard.SCARD_PCI_T0 if t0 else self._scard.SCARD_PCI_T1

    def _raise_if_lost(self, code: int) -> None:
        if _is(self._scard, code, _GONE):
            raise CardRemovedError(reader=self.reader)
        if _is(self._scard, code, _TAKEN):
            raise CardTakenError(reader=self.reader)


class PcscChannels:
    """A `ChannelFactory` over PC/SC; names that are not given come from RHC_READER and RHC_SAM_READER.

    `exclusive` keeps other programs out of both readers.
    """

    def __init__(self, *, exclusive: bool = False) -> None:
        self._exclusive = exclusive

    def readers(self) -> tuple[ReaderState, ...]:
        """All readers."""
        return list_readers()

    def user_card(self, reader: str | None, sam_reader: str | None) -> PcscChannel:
        """The user card, by the rules of `reader_choice`."""
        found = reader_choice.user_reader(list_readers(), *_named(reader, sam_reader))
        return PcscChannel(found.name, exclusive=self._exclusive)

    def sam(self, reader: str | None, sam_reader: str | None) -> PcscChannel:
        """The SAM, by the rules of `reader_choice`."""
        found = reader_choice.sam_reader(list_readers(), *_named(reader, sam_reader))
        return PcscChannel(found.name, exclusive=self._exclusive)


def _named(reader: str | None, sam_reader: str | None) -> tuple[str | None, str | None]:
    return (
        reader or os.environ.get(READER_VARIABLE) or None,
        sam_reader or os.environ.get(SAM_READER_VARIABLE) or None,
    )


@contextmanager
def _context() -> Iterator[tuple[Any, Any]]:
    try:
        scard = importlib.import_module("smartcard.scard")
    except ImportError:
        raise PyscardMissingError from None
    code, context = scard.SCardEstablishContext(scard.SCARD_SCOPE_USER)
    _check(scard, code, "SCardEstablishContext")
    try:
        yield scard, context
    finally:
        scard.SCardReleaseContext(context)


def _is(scard: Any, code: int, names: tuple[str, ...]) -> bool:  # noqa: ANN401 - a C module without types
    return code & 0xFFFFFFFF in {getattr(scard, name) & 0xFFFFFFFF for name in names}


def _check(scard: Any, code: int, call: str) -> None:  # noqa: ANN401 - a C module without types
    if code != scard.SCARD_S_SUCCESS:
        raise NoPcscError(call=call, code=code & 0xFFFFFFFF)
