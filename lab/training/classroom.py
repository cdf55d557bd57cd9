"""All seats of a class: who holds which, where their files lie, how many there may be."""

from __future__ import annotations

import fcntl
import json
import os
import re
import secrets
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event, RLock, Thread

from card_os import image
from card_os.crypto.sm3 import sm3
from card_os.spec.errors import Phrase, PlainError
from issuer.access import passwords
from lab.sources import Kind
from lab.training.faces import faces
from lab.training.pace import SECONDS
from lab.training.seat import Seat, SeatName
from lab.training.slot import Slot
from lab.training.tray import FIRST_SAM, TrayStock
from language import cause

SEATS = 60
LONGEST_NAME = 20
SLEEPY_SECONDS = 15 * 60.0
_LOOK_SECONDS = 60.0
_FORMAT = "rhc-training-seat/1"
_FILE = "seat.json"
_TOKEN_BYTES = 32
_NAME = re.compile(r"[^\s\x00-\x1f\x7f<>](?:[^\x00-\x1f\x7f<>]*[^\s\x00-\x1f\x7f<>])?")


class ClassFullError(PlainError):
    """No seat is free."""

    template = "all {count} seats are taken; ask the trainer"


class NameRefusedError(PlainError):
    """A name that is none."""

    template = "1 to {most} characters are expected as a name, without < and >"


class PasswordFileError(PlainError):
    """The file with the trainer's password cannot be used."""

    template = "password of the trainer, {file}: {reason}"


class ClassInUseError(PlainError):
    """Another server has this class."""

    template = "{folder} is in use by another server; end it, or name another directory"


@dataclass(slots=True)
class _Place:
    """A seat, and when it was last used, by a clock that only goes forward."""

    seat: Seat
    used: float
    asleep: bool = False


class Classroom:
    """The seats of one server; `close` keeps all cards. Safe from any thread.

    `folder` is the directory of the class, made with mode 0700. `first_slots` are the readers of the first
    seat, where it is to use others than those in this process. `trainer` is the stored password
    of the trainer (see `issuer.access.passwords`), empty for none: then nobody is the trainer. Without
    `printed_faces` the page draws plain cards.
    """

    def __init__(
        self,
        folder: Path,
        *,
        seats: int = SEATS,
        trainer: str = "",
        pace: float = SECONDS,
        first_slots: Mapping[Kind, Slot] | None = None,
        printed_faces: bool = True,
    ) -> None:
        folder.mkdir(0o700, parents=True, exist_ok=True)
        folder.chmod(0o700)
        self.folder, self.most, self.pace = folder, seats, pace
        self.stock = TrayStock()
        self._trainer, self._first_slots, self._printed_faces = trainer, first_slots, printed_faces
        self._lock = RLock()
        self._places: dict[bytes, _Place] = {}
        self._ended = Event()
        self._watch: Thread | None = None
        self._lock_file = _locked(folder)
        self._read()

    def take(self, name: str) -> tuple[str, Seat]:
        """A new seat for a trainee, and its token; raises NameRefusedError, ClassFullError."""
        name = name.strip()
        if len(name) > LONGEST_NAME or not _NAME.fullmatch(name):
            raise NameRefusedError(most=LONGEST_NAME)
        with self._lock:
            if len(self._places) >= self.most:
                raise ClassFullError(count=self.most)
            token, number = secrets.token_urlsafe(_TOKEN_BYTES), self._next_number()
            slots, self._first_slots = self._first_slots, None
            folder = self.folder / f"seat-{number}"
            folder.mkdir(0o700)
            seat = Seat(SeatName(number, name), folder, self.stock, slots=slots, pace=self.pace)
            row = {"format": _FORMAT, "number": number, "name": name, "token": _digest(token).hex()}
            image.save(folder / _FILE, json.dumps(row, ensure_ascii=False))
            self._places[_digest(token)] = _Place(seat, time.monotonic())
        if seat.slots[Kind.SAM].source is None:
            seat.insert(FIRST_SAM)
        return token, seat

    def seat(self, token: str) -> Seat | None:
        """The seat of a token, awake; None for a token that nobody has."""
        with self._lock:
            place = self._places.get(_digest(token))
            if place is None:
                return None
            place.used, place.asleep = time.monotonic(), False
            return place.seat

    def leave(self, token: str) -> None:
        """Give a seat back; its files stay."""
        self._give_back(_digest(token))

    def _give_back(self, digest: bytes) -> None:
        with self._lock:
            place = self._places.pop(digest, None)
        if place is not None:
            place.seat.keep()
            row = place.seat.folder / _FILE
            known = json.loads(row.read_text("utf-8"))
            image.save(row, json.dumps({**known, "token": ""}, ensure_ascii=False))
            for kind in Kind:
                place.seat.eject(kind)

    def dismiss(self, number: str) -> None:
        """Give the seat of this number back for somebody else; nothing happens where nobody has it."""
        with self._lock:
            found = [digest for digest, place in self._places.items() if place.seat.who.number == number]
        for digest in found:
            self._give_back(digest)

    def seats(self) -> list[Seat]:
        """All seats that are taken, by their number."""
        with self._lock:
            return sorted((place.seat for place in self._places.values()), key=lambda seat: seat.who.number)

    def is_trainer(self, password: str) -> bool:
        """Whether this is the trainer's password; takes as long for a wrong one, and where there is none."""
        if not self._trainer:
            passwords.waste_time(password)
            return False
        return passwords.matches(password, self._trainer)

    @property
    def has_trainer(self) -> bool:
        """Whether a trainer can sign in."""
        return bool(self._trainer)

    def draw_faces(self) -> None:
        """Begin to draw the printed faces, and show them when they are there; again changes nothing."""
        if self._printed_faces and faces().begin():
            faces().listeners.append(self._draw_desks_anew)

    def _draw_desks_anew(self) -> None:
        for seat in self.seats():
            seat.changed()

    def put_idle_to_sleep(self, after: float = SLEEPY_SECONDS) -> int:
        """Keep the cards of seats that nobody has used for so many seconds; how many fell asleep."""
        with self._lock:
            idle = [
                place
                for place in self._places.values()
                if not place.asleep and time.monotonic() - place.used >= after
            ]
        for place in idle:
            place.asleep = place.seat.sleep()
        return sum(place.asleep for place in idle)

    def watch(self) -> None:
        """Look for idle seats once a minute until `close`."""

        def look() -> None:
            while not self._ended.wait(_LOOK_SECONDS):
                self.put_idle_to_sleep()

        self._watch = Thread(target=look, name="idle seats", daemon=True)
        self._watch.start()

    def close(self) -> None:
        """The server ends: all cards are kept."""
        self._ended.set()
        faces().end()
        for seat in self.seats():
            seat.keep()
        os.close(self._lock_file)

    def _next_number(self) -> str:
        taken = [int(folder.name[5:]) for folder in self.folder.glob("seat-[0-9]*")]
        return f"{max(taken, default=0) + 1:03d}"

    def _read(self) -> None:
        """Seats of before a restart."""
        for file in sorted(self.folder.glob(f"seat-[0-9]*/{_FILE}")):
            row = json.loads(file.read_text("utf-8"))
            if row["token"] and len(self._places) < self.most:
                slots, self._first_slots = self._first_slots, None
                who = SeatName(row["number"], row["name"])
                seat = Seat(who, file.parent, self.stock, slots=slots, pace=self.pace)
                self._places[bytes.fromhex(row["token"])] = _Place(seat, time.monotonic())
                if seat.slots[Kind.SAM].source is None:
                    seat.insert(FIRST_SAM)


def trainer_password(file: Path) -> str:
    """What to keep of the password in the first line of a file that only its owner can read.

    Raises PasswordFileError, PasswordRefusedError.
    """
    try:
        with file.open("r", encoding="utf-8") as stream:
            if os.fstat(stream.fileno()).st_mode & 0o077:
                reason = Phrase("others can read it; make its mode 600")
                raise PasswordFileError(file=file, reason=reason)
            password = stream.readline(1000).rstrip("\r\n")
    except OSError as error:
        raise PasswordFileError(file=file, reason=cause(error)) from None
    return passwords.stored(password)


def _locked(folder: Path) -> int:
    """The lock of a class, as an open file; the system lets it go with the process."""
    held = os.open(folder / ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(held, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(held)
        raise ClassInUseError(folder=folder) from None
    return held


def _digest(token: str) -> bytes:
    return sm3(token.encode())
