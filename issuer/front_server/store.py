"""The list that a front server keeps: signed by the key that it trusts, and never an older one again.

`card-list.json` is the whole list as terminals read it, `known.json` remembers the newest version ever held:
a list that is older, or of the same number with other contents, is refused, whoever brings it.
# spec: issuance_and_ecard D.1, H; the rules are ours
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from card_os.spec import card_list_format
from card_os.spec.card_list import CardList, WrongBaseError
from card_os.spec.card_list_format import CardListFormatError
from card_os.spec.errors import Phrase, PlainError
from issuer.front_server import home as homes
from language import cause

LIST_FILE, KNOWN_FILE = "card-list.json", "known.json"
_KNOWN_FORMAT = "rhc-front-server-known/1"


class ListRefusedError(PlainError):
    """A list that this front server does not take; the one that it holds stays."""

    template = "the list is refused: {reason}"


@dataclass(frozen=True, slots=True)
class Known:
    """What is remembered: newest version ever held and its signed line, and when the issuer last answered."""

    version: int = 0
    head: str = ""
    heard_at: datetime | None = None


class ListStore:
    """The list in a home."""

    def __init__(self, home: Path, trusted_key: bytes) -> None:
        self.home = home
        self._key = trusted_key

    def read(self) -> CardList | None:
        """The list that is held; None where there is none.

        Raises ListRefusedError for one that was changed, or is older than one that was held before.
        """
        file = self.home / LIST_FILE
        try:
            text = file.read_text("utf-8")
        except FileNotFoundError:
            return None
        except (OSError, UnicodeDecodeError) as error:
            reason = cause(error) if isinstance(error, OSError) else Phrase("the file is not in UTF-8")
            raise ListRefusedError(reason=reason) from None
        held = self._parsed(text)
        known = self.known()
        if _number(held) < known.version:
            raise self._older(held, known)
        return held

    def known(self) -> Known:
        """What is remembered; nothing where the file is missing or damaged."""
        try:
            found: dict[str, Any] = json.loads((self.home / KNOWN_FILE).read_text("utf-8"))
            if found["format"] != _KNOWN_FORMAT:
                return Known()
            heard = datetime.fromisoformat(found["heard_at"]) if found["heard_at"] else None
            return Known(int(found["version"]), str(found["head"]), heard)
        except (OSError, ValueError, LookupError, TypeError, RecursionError):
            return Known()

    def take(self, text: str) -> CardList:
        """Take a whole list or a delta and keep what comes of it.

        Called with the home to oneself (`homes.alone`). Raises ListRefusedError, which changes nothing.
        """
        is_delta = card_list_format.is_delta(text)
        offered = self._signed(self._applied(text)) if is_delta else self._parsed(text)
        known = self._newest()
        if _number(offered) < known.version:
            raise self._older(offered, known)
        if _number(offered) == known.version and known.head != offered.head():
            reason = Phrase("version {version} was another list before", version=offered.version)
            raise ListRefusedError(reason=reason)
        # a cut in between leaves a list that is newer than what is remembered of it, which is right too
        homes.write(self.home / LIST_FILE, card_list_format.write_json(offered))
        self._remember(replace(known, version=_number(offered), head=offered.head()))
        return offered

    def _newest(self) -> Known:
        """What is remembered, or the list itself where that is newer."""
        known = self.known()
        try:
            held = self.read()
        except ListRefusedError:
            return known
        if held is None or _number(held) <= known.version:
            return known
        return replace(known, version=_number(held), head=held.head())

    def heard(self, now: datetime) -> None:
        """Remember that the issuer answered."""
        self._remember(replace(self.known(), heard_at=now))

    def _applied(self, text: str) -> CardList:
        held = self.read()
        if held is None:
            raise ListRefusedError(reason=Phrase("a delta needs a list that it begins at"))
        try:
            return card_list_format.parse_delta(text).applied_to(held)
        except (CardListFormatError, WrongBaseError) as error:
            raise ListRefusedError(reason=error) from None

    def _parsed(self, text: str) -> CardList:
        try:
            return self._signed(card_list_format.parse_json(text))
        except CardListFormatError as error:
            raise ListRefusedError(**error.fields) from None

    def _signed(self, offered: CardList) -> CardList:
        if not offered.is_signed_by(self._key):
            raise ListRefusedError(reason=Phrase("the trusted key did not sign it"))
        if not (offered.version.isascii() and offered.version.isdigit()):
            raise ListRefusedError(reason=Phrase("its version is no number"))
        return offered

    def _remember(self, known: Known) -> None:
        heard = known.heard_at.isoformat() if known.heard_at else None
        found = {"format": _KNOWN_FORMAT, "version": known.version, "head": known.head, "heard_at": heard}
        homes.write(self.home / KNOWN_FILE, json.dumps(found) + "\n")

    @staticmethod
    def _older(offered: CardList, known: Known) -> ListRefusedError:
        reason = Phrase(
            "version {version} is older than version {known}, which was held before",
            version=offered.version,
            known=known.version,
        )
        return ListRefusedError(reason=reason)


def _number(card_list: CardList) -> int:
    return int(card_list.version)
