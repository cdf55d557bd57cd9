"""The PC/SC stack that every program of the machine meets: used when it runs, started when it does not."""

import os
import socket
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from card_os.spec.errors import Phrase
from lab.pcsc.client import SOCKET_VARIABLE, SYSTEM_SOCKET, client_socket, list_readers
from lab.pcsc.configuration import (
    DEFAULT_READERS,
    ReaderPlan,
    Slot,
    match_slots,
    parse_configuration,
)
from lab.pcsc.daemon import CONFIGURATION_NAME, Say, start_daemon
from lab.pcsc.errors import DaemonFailed, NotPermitted, NoVirtualReader
from lab.pcsc.parts import find_parts
from lab.pcsc.readers import Readers
from language import _, cause

RUNTIME_DIRECTORY = Path("/run/residents-health-card")
SYSTEM_CONFIGURATION = Path("/etc/reader.conf.d")
DIAL_SECONDS = 5.0


@contextmanager
def system_stack(say: Say, plans: Sequence[ReaderPlan] = DEFAULT_READERS) -> Iterator[Readers]:
    """The readers of the pcscd that PC/SC programs talk to; one that we started ends with the context.

    `plans` are the readers of a pcscd that we start; one that runs already keeps its own.

    Raises `NoVirtualReader`, `NotPermitted`, `PartsMissing` or `DaemonFailed`.
    """
    socket_path = client_socket()
    if daemon_answers(socket_path):
        readers = Readers(_known_slots(socket_path), socket_path, say)
        say(_("A pcscd runs already; its virtual slots: {slots}.").format(slots=_names(readers.slots)))
        try:
            yield readers
        finally:
            readers.pull_all()
        return
    _demand_system_socket(socket_path)
    parts = find_parts()
    _demand_root()
    _prepare_directories(say)
    daemon = start_daemon(
        plans,
        parts=parts,
        directory=RUNTIME_DIRECTORY,
        socket_path=SYSTEM_SOCKET,
        preload=True,
        say=say,
    )
    text = _("pcscd was started (process {pid}); virtual slots: {slots}.")
    say(text.format(pid=daemon.pid, slots=_names(daemon.slots)))
    readers = Readers(daemon.slots, SYSTEM_SOCKET, say)
    try:
        yield readers
    finally:
        readers.pull_all()
        daemon.stop()
        say(_("pcscd has ended."))


def daemon_answers(socket_path: Path) -> bool:
    """Whether somebody listens on the socket; a socket file that was left behind does not count.

    Raises `NotPermitted` when this user may not even ask.
    """
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.settimeout(DIAL_SECONDS)
        try:
            probe.connect(str(socket_path))
        except (FileNotFoundError, ConnectionRefusedError):
            return False
        except PermissionError:
            reason = Phrase("this user may not talk to pcscd on {socket}", socket=socket_path)
            raise NotPermitted(reason=reason) from None
        except OSError as error:
            reason = Phrase(
                "pcscd on {socket} does not take calls: {cause}", socket=socket_path, cause=cause(error)
            )
            raise DaemonFailed(reason=reason) from error
        return True


def _known_slots(socket_path: Path) -> tuple[Slot, ...]:
    """Join what PC/SC lists with the configurations that a running pcscd may have been started with."""
    files = [
        socket_path.parent / CONFIGURATION_NAME,
        RUNTIME_DIRECTORY / CONFIGURATION_NAME,
        *(sorted(SYSTEM_CONFIGURATION.iterdir()) if SYSTEM_CONFIGURATION.is_dir() else ()),
    ]
    entries = [entry for text in _readable(files) for entry in parse_configuration(text)]
    slots = match_slots(list_readers(), entries)
    if not slots:
        raise NoVirtualReader
    return slots


def _readable(files: Iterable[Path]) -> Iterator[str]:
    for file in files:
        try:
            yield file.read_text(encoding="utf-8", errors="replace")
        except OSError:  # absent, or not for this user: then its readers stay unknown
            continue


def _demand_system_socket(socket_path: Path) -> None:
    if socket_path != SYSTEM_SOCKET:
        reason = Phrase(
            "{variable} names {socket!r}, but nothing answers there: unset it",
            variable=SOCKET_VARIABLE,
            socket=str(socket_path),
        )
        raise DaemonFailed(reason=reason)


def _demand_root() -> None:
    if os.geteuid() != 0:
        reason = Phrase(
            "no pcscd runs and only root can start one for all programs: use sudo, or --in-process"
        )
        raise NotPermitted(reason=reason)


def _prepare_directories(say: Say) -> None:
    SYSTEM_SOCKET.parent.mkdir(mode=0o755, exist_ok=True)
    if SYSTEM_SOCKET.exists():
        SYSTEM_SOCKET.unlink()
        say(_("A socket that an ended pcscd left behind was removed."))
    # Others read the configuration there to learn the ports; only root writes it.
    RUNTIME_DIRECTORY.mkdir(mode=0o755, exist_ok=True)
    RUNTIME_DIRECTORY.chmod(0o755)
    if RUNTIME_DIRECTORY.stat().st_uid != 0:
        reason = Phrase("{directory} does not belong to root", directory=RUNTIME_DIRECTORY)
        raise NotPermitted(reason=reason)


def _names(slots: Iterable[Slot]) -> str:
    text = _("{reader} (port {port})")
    return ", ".join(text.format(reader=slot.reader, port=slot.port) for slot in slots)
