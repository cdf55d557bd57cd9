"""A class in this process: seats over a test client, or a server on a free port for a browser."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from lab.training.classroom import Classroom
from lab.training.server import Address, TrainingServer
from lab.training.web.app import create_app

_CSRF = re.compile(r'name="csrf" value="([0-9a-f]{64})"')


class Trainee:
    """A browser at a seat, without scripts."""

    def __init__(
        self, classroom: Classroom, name: str = "学员", language: str = "en", app: FastAPI | None = None
    ) -> None:
        self.app = app or create_app(classroom)
        self.client = TestClient(self.app, base_url="http://127.0.0.1")
        self.client.cookies.set("rhc_language", language)
        self.csrf = self.token(self.client.get("/start").text)
        answer = self.client.post("/seat", data={"name": name, "csrf": self.csrf})
        assert answer.status_code == 200, answer.text
        seat = classroom.seat(self.client.cookies["rhc_seat"])
        assert seat is not None
        self.seat = seat

    @staticmethod
    def token(page: str) -> str:
        found = _CSRF.search(page)
        assert found, page
        return found[1]

    def post(self, path: str, **fields: str):
        return self.client.post(path, data=fields, headers={"X-CSRF-Token": self.csrf, "HX-Request": "true"})

    def insert(self, card: str):
        return self.post("/desk/insert", card=card)

    def eject(self, slot: str = "user"):
        return self.post("/desk/eject", slot=slot)

    def work(self, window: str, **fields: str):
        return self.post(f"/windows/{window}", **fields)


def quick_class(folder: Path, **settings: object) -> Classroom:
    """A class whose cards write at once."""
    return Classroom(folder / "class", **{"pace": 0.0, "printed_faces": False, **settings})  # type: ignore[arg-type]


@contextmanager
def served(classroom: Classroom) -> Iterator[str]:
    """The address of the class on a free port of loopback."""
    with TrainingServer(classroom, Address(port=0)).running() as url:
        yield url
