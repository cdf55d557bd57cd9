"""A card in a reader on the issuer's desk: what it is, whether it is genuine, and orders to its chip.

The reader is somebody else's: a `transmit` and the answer to reset, the chip freshly reset. All orders are
commands of an issued card.  # spec: commands_and_crypto 1.1 rows 17, 22 to 25, 3.3
"""

from __future__ import annotations

import hmac
import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from card_os.crypto.keys import province_factor
from card_os.iso7816 import tlv
from card_os.iso7816.apdu import ApduFormatError, CommandApdu, ResponseApdu
from card_os.iso7816.atr import AtrError
from card_os.iso7816.status import SW, base
from card_os.spec import codecs, loader
from card_os.spec.errors import Phrase, PlainError
from card_os.spec.model import FileSpec, Profile
from issuer.keys.custodian import CardFactors, Custodian
from issuer.keys.hierarchy import city_factor
from issuer.keys.key_set import KeyVersions
from issuer.personalisation.card_script import PROFILE
from issuer.personalisation.chip import CHALLENGE_LENGTH, Chip, PersonalisationError, Transmit, factor_of
from issuer.personalisation.steps import Authenticate, Select

APPLICATION = "MF/DDF1"
LOCKABLE = ("DF01", "DF02", "DF03")
"""Applications with a lock key of their own.  # spec: issuance_and_ecard A.6 LK_DF01..03"""
_AUTHENTICATION_KEY, _PIN_KEY = "IRK_DDF1", "STK_DDF1"
_BLOCK_KEY, _MF_MAC_KEY = "BK_MF", "STM_MF"
_CARD_BLOCK = bytes.fromhex("84160000")
_APPLICATION_BLOCK, _APPLICATION_UNBLOCK = bytes.fromhex("841E0000"), bytes.fromhex("84180000")
_PIN_UNBLOCK_AND_SET = bytes.fromhex("84240001")
_BY_NUMBER = 0x04


class WrongCardError(PlainError):
    """The card in the reader is not the one that is meant, or not genuine; nothing was changed on it."""

    template = "the card in the reader is not card {serial}: {reason}"


class CardSilentError(PlainError):
    """The card gave no answer: it was pulled out, or the line broke. What it did of the order is unknown."""

    template = "the card in the reader gives no answer"


class PinFormError(PlainError):
    """A holder PIN that no card takes; the text never shows it."""

    template = "a holder PIN has {least} to {most} digits, an even number of them"


@dataclass(frozen=True, slots=True)
class ChipDesk:
    """What is in the reader; `profile` is that of a variant where the chip is one."""

    transmit: Transmit
    atr: bytes
    profile: Profile | None = None


@dataclass(frozen=True, slots=True)
class CardInReader:
    """A card whose chip is the one of the registry's row."""

    chip: Chip
    serial: str

    @classmethod
    def recognise(cls, desk: ChipDesk, row: Mapping[str, Any], custodian: Custodian) -> CardInReader:
        """Compare the chip in the reader with a row of the registry, by its factor; nothing is sent yet.

        Raises WrongChipError and WrongCardError.
        """
        profile, serial = desk.profile or loader.load(PROFILE), row["chip_serial"]
        try:
            factor = factor_of(profile, desk.atr)
        except AtrError:
            raise WrongCardError(serial=serial, reason=Phrase("its answer to reset is none")) from None
        if not hmac.compare_digest(factor, bytes(row["card_factor"])):
            raise WrongCardError(serial=serial, reason=Phrase("it has another chip"))
        encoded = codecs.encode(profile, profile.items["application_city_code"], row["city_code"])
        city = city_factor(row["city_code"]) if row["has_city_keys"] else None
        factors = CardFactors(factor, province_factor(encoded), city)
        line = _answering(desk.transmit)
        return cls(Chip(line, profile, custodian, factors, versions_of(row)), serial)

    def check_contents(self, card_number: str) -> None:
        """Compare number and serial on the chip with those of the registry.

        Raises WrongCardError, and PersonalisationError where the chip refuses.
        """
        profile = self.chip.profile
        for name, due in (("card_number", card_number), ("chip_serial_number", self.serial)):
            if not hmac.compare_digest(self._read(name), codecs.encode(profile, profile.items[name], due)):
                raise WrongCardError(serial=self.serial, reason=Phrase("its {item} is another", item=name))

    def check_genuine(self) -> None:
        """Internal authentication: the chip holds the key of its number and province.

        Raises WrongCardError, and PersonalisationError where the chip refuses.
        """
        challenge, data = secrets.token_bytes(CHALLENGE_LENGTH), secrets.token_bytes(CHALLENGE_LENGTH)
        key = self.chip.key(_AUTHENTICATION_KEY)
        due = self.chip.custodian.authentication_value(key, self.chip.factors, challenge, data)
        self._select(APPLICATION)
        message = challenge + data + bytes((key.version,))
        command = CommandApdu(0x00, 0x88, 0x00, 0x00, message, le=CHALLENGE_LENGTH)
        given = self.chip.send("internal_authenticate", self._label(APPLICATION), command)
        if not hmac.compare_digest(due, given):
            raise WrongCardError(serial=self.serial, reason=Phrase("it is not genuine"))

    def set_pin(self, pin: bytes) -> None:
        """Give the holder a new PIN, packed digits, with all tries.

        # spec: commands_and_crypto 1.1 row 22
        """
        self._select(APPLICATION)
        place = self._label(APPLICATION)
        challenge = self.chip.challenge(place)
        key = self.chip.key(_PIN_KEY)
        body = self.chip.custodian.protect(key, self.chip.factors, challenge, _PIN_UNBLOCK_AND_SET, pin)
        self.chip.send("pin_unblock", place, _command(_PIN_UNBLOCK_AND_SET, body))

    def lock(self, application: str) -> None:
        """Lock an application, so that it can be unlocked again."""
        self._order("application_block", _APPLICATION_BLOCK, application)

    def unlock(self, application: str) -> None:
        """Unlock an application."""
        self._order("application_unblock", _APPLICATION_UNBLOCK, application)

    def block(self) -> None:
        """Block the whole card for ever."""
        mf = self.chip.profile.files["MF"]
        Select(mf).run(self.chip)
        Authenticate(mf, self.chip.profile.keys[_BLOCK_KEY]).run(self.chip)
        self._with_mac("card_block", mf, _MF_MAC_KEY, _CARD_BLOCK)

    def is_locked(self, application: str) -> bool:
        """Whether an application answers as a locked one; raises PersonalisationError."""
        self._select(APPLICATION)
        return self._selected(self._directory(application)) == SW.FILE_INVALID

    def is_blocked(self) -> bool:
        """Whether the whole card is blocked: then not even the MF can be selected."""
        return self._selected(self.chip.profile.files["MF"]) == SW.FUNCTION_NOT_SUPPORTED

    def _order(self, command: str, header: bytes, application: str) -> None:
        directory = self._directory(application)
        self._select(APPLICATION)
        self._selected(directory)
        Authenticate(directory, self.chip.profile.keys[f"LK_{application}"]).run(self.chip)
        self._with_mac(command, directory, f"STK_{application}", header)

    def _with_mac(self, command: str, file: FileSpec, key_name: str, header: bytes) -> None:
        challenge = self.chip.challenge(file.label)
        key = self.chip.key(key_name)
        mac = self.chip.custodian.mac(key, self.chip.factors, challenge, header)
        self.chip.send(command, file.label, _command(header, mac))

    def _read(self, name: str) -> bytes:
        """The value of an item that is free to read, as it stands on the chip."""
        profile = self.chip.profile
        item = profile.items[name]
        file = profile.files_of(item.layout)[0]
        self._select(APPLICATION)
        Select(file).run(self.chip)
        number = profile.items_of(file).index(item) + 1
        read = CommandApdu(0x00, 0xB2, number, _BY_NUMBER, le=256)
        record = self.chip.send("read_record", file.label, read)
        try:
            return tlv.unpack(record)[1]
        except tlv.TlvError:
            raise WrongCardError(serial=self.serial, reason=Phrase("its data cannot be read")) from None

    def _select(self, path: str) -> None:
        Select(self.chip.profile.files[path]).run(self.chip)

    def _selected(self, file: FileSpec) -> int:
        """Select a file that may be locked, or not be there for a blocked card; returns the status word."""
        command = CommandApdu(0x00, 0xA4, 0x00, 0x00, file.fid.to_bytes(2, "big"))
        sw = ResponseApdu.parse(self.chip.transmit(command.to_bytes())).sw
        if sw in (SW.OK, SW.FILE_INVALID, SW.FUNCTION_NOT_SUPPORTED) or base(sw) == SW.BYTES_WAITING:
            return sw
        raise PersonalisationError(
            command="select", file=file.label, sw=f"{sw:04X}", meaning=Phrase("which was not expected")
        )

    def _directory(self, application: str) -> FileSpec:
        return self.chip.profile.files[f"{APPLICATION}/{application}"]

    def _label(self, path: str) -> str:
        return self.chip.profile.files[path].label


def versions_of(row: Mapping[str, Any]) -> KeyVersions:
    """The versions of keys that a card has; the newest of them serves, for it outlives the others."""
    named = (key.split(" v") for key in json.loads(row["keys"]))
    loaded = sorted(int(version) for name, version in named if name == _AUTHENTICATION_KEY)
    return KeyVersions(loaded[-1], tuple(loaded))


def packed_pin(profile: Profile, pin: str) -> bytes:
    """A holder PIN of digits as the card takes it; raises PinFormError."""
    spec = profile.pin
    least, most = (2 * spec.min_bytes, 2 * spec.max_bytes) if spec else (0, 0)
    if not (pin.isascii() and pin.isdigit() and least <= len(pin) <= most and len(pin) % 2 == 0):
        raise PinFormError(least=least, most=most)
    return bytes.fromhex(pin)


def _answering(transmit: Transmit) -> Transmit:
    """The same line; what is no answer is CardSilentError."""

    def exchange(command: bytes) -> bytes:
        answer = transmit(command)
        try:
            ResponseApdu.parse(answer)
        except ApduFormatError:
            raise CardSilentError from None
        return answer

    return exchange


def _command(header: bytes, data: bytes) -> CommandApdu:
    cla, ins, p1, p2 = header
    return CommandApdu(cla, ins, p1, p2, data)
