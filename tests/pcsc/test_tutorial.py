"""The tutorial for hospital developers, done as it is written: its files, its commands, what they print."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Thread
from typing import Self

import pytest

from lab.pcsc.private_stack import PrivateStack

ROOT = Path(__file__).resolve().parents[2]
PAGES = [ROOT / "docs" / language / "hospital-tutorial.md" for language in ("en", "zh")]
FENCE = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
FILE_NAME = re.compile(r"# (\w+\.py)\n")
EXTRAS = re.compile(r'pip install "…/residents-health-card\[([\w,]+)\]"')
RUNS = 8
PROGRAMS = ["first.py", "register.py", "pin.py", "listed.py", "removed.py", "visit.py"]
LIST_FILE = "cards.csv"
ANY = "…"
SECONDS = 30


def blocks(page: Path) -> list[tuple[str, str]]:
    return FENCE.findall(page.read_text("utf-8"))


def commands(body: str) -> list[str]:
    return [line.removeprefix("$ ") for line in body.splitlines()]


def as_told(printed: str, told: str) -> bool:
    """Whether the text is the one of the page, where … stands for anything within a line."""
    pattern = "[^\n]+".join(re.escape(part) for part in told.split(ANY))
    return re.fullmatch(pattern, printed) is not None


def test_both_languages_have_the_same_programs_and_output() -> None:
    english, chinese = map(blocks, PAGES)
    assert english == chinese
    names = [FILE_NAME.match(body) for kind, body in english if kind == "python"]
    assert [name and name[1] for name in names] == PROGRAMS
    assert f"`{LIST_FILE}`" in PAGES[0].read_text("utf-8")


def test_what_is_installed_exists() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    for page in PAGES:
        extras = EXTRAS.findall(page.read_text("utf-8"))
        assert len(extras) == 1
        assert set(extras[0].split(",")) <= set(project["optional-dependencies"])
    assert project["name"] == "residents-health-card"


def test_placeholders_stand_within_a_line() -> None:
    assert as_told("on 2026-01-05\nend\n", "on …\nend\n")
    assert not as_told("on 2026-01-05\nmore\nend\n", "on …\nend\n")
    assert not as_told("on 2026-01-05\n", "on …\nend\n")


@contextmanager
def simulator(folder: Path, environment: dict[str, str]) -> Iterator[None]:
    """`make sim` without the make: the same command, its ready file read."""
    ready = folder / "ready.json"
    process = subprocess.Popen(
        [sys.executable, "-m", "lab", "sim", "--no-page", "--ready-file", str(ready)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env=environment,
    )
    try:
        told = []
        for line in process.stdout:
            told.append(line)
            if line.startswith("Ctrl-C ends it"):
                break
        else:
            pytest.fail("the simulator ended: " + "".join(told))
        assert json.loads(ready.read_text("utf-8"))["sam_pin"] == "123456"
        # it tells every exchange, more than a pipe holds
        Thread(target=process.stdout.read, daemon=True).start()
        yield
    finally:
        process.terminate()
        process.wait(timeout=SECONDS)


class Reader:
    """Somebody who does the page from top to bottom, in an empty directory."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        self._folder, self._environment = folder, environment
        self._processes: list[subprocess.Popen[str]] = []
        self._waiting: tuple[subprocess.Popen[str], str] | None = None
        self._printed: str | None = None
        self.runs = self.compared = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        for process in self._processes:
            if process.poll() is None:
                process.kill()
                process.communicate()

    def save(self, name: str, body: str) -> None:
        (self._folder / name).write_text(body, "utf-8")

    def do(self, line: str) -> None:
        """Run a command of the page in the Python of this test; a program that asks is left waiting."""
        words = shlex.split(line)
        if words[0] not in ("python", "rhc"):
            return
        arguments = words[1:] if words[0] == "python" else ["-m", "lab", *words[1:]]
        process = subprocess.Popen(
            [sys.executable, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd=self._folder,
            env=self._environment,
        )
        self._processes.append(process)
        if words[0] == "rhc":
            self._ended(process, "")
            return
        self.runs += 1
        if "input(" in (self._folder / words[1]).read_text("utf-8"):
            self._waiting = process, process.stdout.readline()
        else:
            self._printed = self._ended(process, "")

    def compare(self, told: str) -> None:
        if self._waiting is not None:
            process, first_line = self._waiting
            self._waiting = None
            self._printed = first_line + self._ended(process, "\n")
        assert self._printed is not None, "output without a program"
        assert as_told(self._printed, told), f"\nprinted:\n{self._printed}\ntold:\n{told}"
        self._printed = None
        self.compared += 1

    def _ended(self, process: subprocess.Popen[str], given: str) -> str:
        printed, errors = process.communicate(given, timeout=SECONDS)
        assert process.returncode == 0, errors
        assert errors == ""
        return printed


@pytest.mark.pcsc
def test_the_page_is_done_as_written(pcsc_stack: PrivateStack, tmp_path: Path) -> None:
    folder, beside = tmp_path / "counter", tmp_path / "beside"
    folder.mkdir()
    beside.mkdir()
    environment = os.environ | {
        "RHC_LANG": "en",
        "RHC_SIM_SOCKET": str(beside / "socket"),
        "RHC_SWIPE_LOG": str(beside / "log"),
        "PYTHONPATH": str(ROOT),
        "PYTHONIOENCODING": "utf-8",
    }
    with simulator(beside, environment), Reader(folder, environment) as reader:
        for kind, body in blocks(PAGES[0]):
            if kind == "python":
                reader.save(FILE_NAME.match(body)[1], body)
            elif kind == "csv":
                reader.save(LIST_FILE, body)
            elif kind == "console":
                for line in commands(body):
                    reader.do(line)
            else:
                assert kind == "text"
                reader.compare(body)
    assert reader.compared == reader.runs == RUNS
