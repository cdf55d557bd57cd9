"""A PostgreSQL of one test worker: its own directory, a Unix socket and no network, gone with the worker."""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_SETTINGS = "-c listen_addresses='' -c fsync=off -c shared_buffers=16MB -c max_connections=40"


def programs() -> Path:
    """Where Debian keeps the programs of the newest PostgreSQL."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    assert found, "PostgreSQL is not installed: `make setup-test` does it"
    return found[-1].parent


def _as_server(command: list[str], folder: Path) -> None:
    """Run a program of PostgreSQL, which refuses to work as root."""
    user = pwd.getpwnam("postgres") if os.geteuid() == 0 else None
    ids = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []} if user else {}
    subprocess.run(command, cwd=folder, check=True, timeout=60, capture_output=True, **ids)


@contextmanager
def running() -> Iterator[str]:
    """The address of a server that runs while the block does; `{}` in it takes the name of a database."""
    # not below pytest's directory, whose path is too long for a socket and closed to the server's user
    folder = Path(tempfile.mkdtemp(prefix="rhc-pg-"))
    try:
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres", "postgres")
        _as_server([_program("initdb"), "-D", str(folder / "data"), "-U", "rhc", "-A", "trust", "-N"], folder)
        _start(folder)
        try:
            yield f"postgresql+psycopg://rhc@/{{}}?host={folder}"
        finally:
            _stop(folder)
    finally:
        shutil.rmtree(folder)


@contextmanager
def away(address: str) -> Iterator[None]:
    """The server of an address is gone, as if it had crashed, while the block runs."""
    folder = Path(address.partition("?host=")[2])
    _stop(folder)
    try:
        yield
    finally:
        _start(folder)


def _start(folder: Path) -> None:
    options = f"{_SETTINGS} -k {folder}"
    log = str(folder / "log")
    _as_server(
        [_program("pg_ctl"), "-D", str(folder / "data"), "-w", "-l", log, "-o", options, "start"], folder
    )


def _stop(folder: Path) -> None:
    _as_server([_program("pg_ctl"), "-D", str(folder / "data"), "-m", "immediate", "-w", "stop"], folder)


def _program(name: str) -> str:
    return str(programs() / name)
