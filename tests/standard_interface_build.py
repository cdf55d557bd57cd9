"""Builds the C library and the C program of the tests, and runs the program."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

import pytest
from standard_interface_texts import INTERFACE, ROOT

PROGRAM = ROOT / "tests" / "standard_interface" / "program.c"
WARNINGS = ("-std=c11", "-Wall", "-Wextra", "-Werror", "-g")
SANITIZERS = ("-fsanitize=address,undefined", "-fno-sanitize-recover=all")
SECONDS = 60


def demand_tools() -> None:
    """Skip what is asked for where nothing can be compiled."""
    missing = [tool for tool in ("gcc", "make", "pkg-config") if shutil.which(tool) is None]
    if missing:
        pytest.skip(f"needs {' '.join(missing)}")


def compile_c(output: Path, sources: Iterable[Path], *flags: str) -> None:
    pcsc = _done("pkg-config", "--cflags", "--libs", "libpcsclite").split()
    _done("gcc", *WARNINGS, *flags, f"-I{INTERFACE / 'include'}", "-o", output, *sources, *pcsc)


def build_library(folder: Path) -> Path:
    """The library as its Makefile builds it."""
    demand_tools()
    _done("make", "-s", "-C", INTERFACE, f"BUILD={folder}")
    return folder / "librhc_standard.so"


def build_program(folder: Path, library: Path) -> Path:
    """The program over the library, as a vendor's customer builds it."""
    program = folder / "program"
    compile_c(program, [PROGRAM, library], f"-Wl,-rpath,{library.parent}")
    return program


def build_checked_program(folder: Path) -> Path:
    """Program and library in one, watched for every access out of bounds and every undefined step."""
    demand_tools()
    program = folder / "program"
    compile_c(program, [PROGRAM, *sorted((INTERFACE / "src").glob("*.c"))], "-O1", *SANITIZERS)
    return program


def run(program: Path, *arguments: str, prefix: Iterable[str] = ()) -> bytes:
    done = subprocess.run(
        [*prefix, program, *arguments], capture_output=True, timeout=SECONDS, check=False, env=os.environ
    )
    assert done.returncode == 0, (done.stdout[-500:], done.stderr[-3000:])
    return done.stdout


def lines_of(output: bytes) -> dict[str, str]:
    """The NAME=value lines of the program."""
    return dict(line.split("=", 1) for line in output.decode("gbk").splitlines() if "=" in line)


def _done(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout
