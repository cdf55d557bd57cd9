"""A PC/SC stack for one process, usually one test worker: own socket, own ports, any number side by side.

The caller sets PCSCLITE_CSOCK_NAME to `.socket` before its first call of PC/SC; children get it in their
environment. No root is needed. Where /run/pcscd does not exist, an ordinary user's pcscd runs in a user and
mount namespace. As root, every pcscd writes its number to /run/pcscd/pcscd.pid; nothing here reads that file.
"""

import random
import socket
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from lab.pcsc.configuration import SAM_READER, SLOTS_PER_ENTRY, USER_READER, ReaderPlan
from lab.pcsc.daemon import Daemon, Say, start_daemon
from lab.pcsc.errors import DaemonFailed
from lab.pcsc.parts import find_parts
from lab.pcsc.readers import Readers

SOCKET_NAME = "pcscd.comm"
# Below the ports that Linux gives to outgoing connections, so that no client takes one by chance.
PORT_RANGE = range(20000, 32000, SLOTS_PER_ENTRY)
ATTEMPTS = 3


@dataclass(frozen=True, slots=True)
class PrivateStack:
    """A running private stack: the socket for clients, the process number of pcscd, the readers."""

    socket: Path
    pid: int
    readers: Readers


def _silence(line: str) -> None:
    """Drop a line: a test has nobody to read it."""


@contextmanager
def private_stack(
    directory: Path,
    readers: Sequence[str] = (USER_READER, SAM_READER),
    *,
    preload: bool = True,
    say: Say = _silence,
) -> Iterator[PrivateStack]:
    """Run a pcscd with these readers of two slots each, in an existing directory that is ours alone.

    The path of the directory has some 90 bytes at most (a socket lies in it). Raises `PartsMissing`,
    `DaemonFailed`.
    """
    directory.chmod(0o700)
    daemon = _start(directory, readers, preload=preload, say=say)
    slots = Readers(daemon.slots, daemon.socket, say)
    try:
        yield PrivateStack(daemon.socket, daemon.pid, slots)
    finally:
        slots.pull_all()
        daemon.stop()


def _start(
    directory: Path, readers: Sequence[str], *, preload: bool, say: Say, attempts: int = ATTEMPTS
) -> Daemon:
    try:
        return start_daemon(
            _free_plans(readers),
            parts=find_parts(),
            directory=directory,
            socket_path=directory / SOCKET_NAME,
            preload=preload,
            say=say,
        )
    except DaemonFailed:
        # Another stack may take the ports between the look and the start: pcscd then lacks a reader.
        if attempts == 1:
            raise
        return _start(directory, readers, preload=preload, say=say, attempts=attempts - 1)


def _free_plans(readers: Sequence[str]) -> tuple[ReaderPlan, ...]:
    candidates = random.Random().sample(PORT_RANGE, len(PORT_RANGE))  # noqa: S311 - no secret
    free = (base for base in candidates if all(_is_free(base + slot) for slot in range(SLOTS_PER_ENTRY)))
    return tuple(ReaderPlan(reader, base) for reader, base in zip(readers, free, strict=False))


def _is_free(port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True
