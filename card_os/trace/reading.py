"""A trace from a file, whoever wrote it."""

from __future__ import annotations

import codecs
from pathlib import Path

from card_os.trace.errors import NoExchangeError, TraceFileError
from card_os.trace.foreign import parse_foreign
from card_os.trace.layer import Exchange
from card_os.trace.record import FORMAT, Trace, format_of, parse_own
from language import _, cause

PROFILES = ("health_card", "sam")
LARGEST = 256 * 1024 * 1024
# VERIFY, CHANGE PIN, 80DE, 80FA: no user card of this kind takes them; spec: terminal_interface 8
_SAM_INS = frozenset({0x20, 0x5E, 0xDE, 0xFA})


def read_trace(path: Path) -> Trace:
    """Read a trace of ours, or the log of a middleware or of pcscd.

    Raises TraceFileError for a file that cannot be read or has another version, NoExchangeError for one
    that holds no exchange.
    """
    lines = _text(path).splitlines()
    own = format_of(next((line for line in lines if line.strip()), ""))
    if own is not None and own != FORMAT:
        reason = _("its format is {found!r}; {known} is known").format(found=own, known=FORMAT)
        raise TraceFileError(file=path, reason=reason)
    trace = parse_own(lines) if own else parse_foreign(lines)
    if trace.header is not None and trace.header.profile not in PROFILES:
        reason = _("no profile {name!r}; there are {known}")
        raise TraceFileError(
            file=path, reason=reason.format(name=trace.header.profile, known=", ".join(PROFILES))
        )
    if not trace.exchanges:
        raise NoExchangeError(file=path, lines=trace.lines)
    return trace


def profile_of(trace: Trace) -> str:
    """The profile that the header names; for the log of another reader the one that its commands tell."""
    if trace.header is not None:
        return trace.header.profile
    return "sam" if any(_is_for_sam(exchange) for exchange in trace.exchanges) else "health_card"


def _is_for_sam(exchange: Exchange) -> bool:
    return len(exchange.command) > 1 and exchange.command[1] in _SAM_INS


def _text(path: Path) -> str:
    try:
        if path.stat().st_size > LARGEST:
            raise TraceFileError(file=path, reason=_("the file is too large for a trace"))
        raw = path.read_bytes()
    except OSError as error:
        raise TraceFileError(file=path, reason=cause(error)) from error
    utf16 = raw.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    # what is not UTF-8 stands in comments of a log, never in an exchange
    return raw.decode("utf-16" if utf16 else "utf-8-sig", "replace")
