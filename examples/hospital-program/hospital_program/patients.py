"""The patients of the hospital, in a SQLite file."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from pathlib import Path

_TABLE = """
CREATE TABLE IF NOT EXISTS patient (
    number INTEGER PRIMARY KEY,
    card_number TEXT NOT NULL UNIQUE,
    name TEXT NOT NULL,
    birth_date TEXT
)
"""
_ENTER = """
INSERT INTO patient (card_number, name, birth_date) VALUES (?, ?, ?)
ON CONFLICT (card_number) DO UPDATE SET name = excluded.name, birth_date = excluded.birth_date
RETURNING number
"""


@dataclass(frozen=True, slots=True)
class Patient:
    """A patient under the number that this hospital gave."""

    number: int
    card_number: str
    name: str
    birth_date: date | None


class Patients:
    """Who was registered here. A patient who comes again keeps the number, and gets the data of the card."""

    def __init__(self, file: Path) -> None:
        self._file = file
        with closing(self._open()) as database, database:
            database.execute(_TABLE)

    def enter(self, card_number: str, name: str, birth_date: date | None) -> Patient:
        """Register somebody."""
        day = birth_date.isoformat() if birth_date else None
        with closing(self._open()) as database, database:
            row = database.execute(_ENTER, (card_number, name, day)).fetchone()
        return Patient(row[0], card_number, name, birth_date)

    def count(self) -> int:
        """How many there are."""
        with closing(self._open()) as database:
            return int(database.execute("SELECT count(*) FROM patient").fetchone()[0])

    def _open(self) -> sqlite3.Connection:
        return sqlite3.connect(self._file)
