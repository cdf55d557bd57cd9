"""A session with a SAM: it derives keys of a card and computes with them; no key ever leaves it.

The SAM forgets its session key after every 80FA, so that each computation begins with 80DE.
# spec: commands_and_crypto 2.2 to 2.5, terminal_interface 7.1, 8
"""

from __future__ import annotations

from dataclasses import dataclass

from card_os.crypto.secure_messaging import MAC_LENGTH, ZERO_IV, fold, length_prefixed, pad
from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW
from card_os.spec.loader import load
from card_os.spec.model import FileKind, FileSpec, KeySpec, Profile
from language import choose
from reader_client.channel import Channel
from reader_client.contents import CardValue, decoded
from reader_client.errors import AnswerLengthError, KeyNotHeldError, PinFormatError, status_error
from reader_client.responses import Answers

APPLICATION = "MF/DF01"
TERMINAL_FILE = "MF/0016"
_AUTHENTICATION = 7
_ENCIPHER, _MAC_WITH_IV = 0x00, 0x05


@dataclass(frozen=True, slots=True)
class CardFactors:
    """What makes the keys of one card: its 8 historical bytes, and 8 bytes from its city code."""

    card: bytes
    province: bytes


def packed_pin(profile: Profile, pin: str) -> bytes:
    """A PIN of digits as packed BCD, an odd one padded with F; raises PinFormatError.

    # spec: terminal_interface 8.3
    """
    assert profile.pin is not None  # noqa: S101 - the declaration of a SAM has one
    shortest, longest = 2 * profile.pin.min_bytes, 2 * profile.pin.max_bytes
    if not (pin.isascii() and pin.isdigit() and shortest <= len(pin) <= longest):
        raise PinFormatError(shortest, longest)
    return bytes.fromhex(pin + "F" * (len(pin) % 2))


class SamSession:
    """The SAM behind a channel. Call `open`, then `verify_pin`, then the rest."""

    def __init__(self, channel: Channel, profile: Profile | None = None) -> None:
        self.profile = profile or load("sam")
        self._channel = channel
        self._answers = Answers(channel, self.profile)
        self._df = ""

    def open(self) -> None:
        """Reset the SAM and select its health application; the PIN must be verified anew."""
        self._df = ""
        self._channel.reset()
        self._enter(APPLICATION)

    def close(self) -> None:
        """Let the SAM go."""
        self._channel.close()

    def verify_pin(self, pin: str) -> None:
        """VERIFY a PIN of 4 to 12 digits; raises PinError with the tries left, PinBlockedError."""
        self._answers.check("verify", "SAM", CommandApdu(0x00, 0x20, 0, 0, packed_pin(self.profile, pin)))

    def change_pin(self, old: str, new: str) -> None:
        """CHANGE PIN, old ‖ FF ‖ new; a wrong old PIN costs a try like a wrong VERIFY."""
        body = packed_pin(self.profile, old) + b"\xff" + packed_pin(self.profile, new)
        self._answers.check("change_pin", "SAM", CommandApdu(0x80, 0x5E, 0x01, 0x00, body))

    def info(self) -> dict[str, CardValue]:
        """The free information files as values by item name; no PIN is needed."""
        values: dict[str, CardValue] = {}
        for file in self.profile.files.values():
            if file.kind is not FileKind.TRANSPARENT:
                continue
            values |= self._read_file(file)
        self._enter(APPLICATION)
        return values

    def province(self) -> CardValue:
        """Two digits of GB/T 2260: where the SAM serves, and so which province keys it holds."""
        values = self._read_file(self.profile.files[TERMINAL_FILE])
        self._enter(APPLICATION)
        return values["terminal_province_code"]

    def authentication_value(
        self, key: KeySpec, factors: CardFactors, challenge: bytes, random: bytes
    ) -> bytes:
        """The 8 bytes that prove `key` to the card: Fold(E_SK(random ‖ 0^8)).

        `challenge` is the last one of the card, `random` 8 bytes of the terminal. Raises KeyNotHeldError.
        """
        self._derive(key, factors, challenge)
        blocks = random + bytes(8)
        return fold(self._compute(_ENCIPHER, blocks, len(blocks)))

    def protect(
        self, key: KeySpec, factors: CardFactors, challenge: bytes, header: bytes, data: bytes
    ) -> bytes:
        """Cryptogram ‖ MAC4 of a command, ready to be its data field.

        `header` is CLA INS P1 P2, `data` up to 191 bytes of plain text.
        """
        self._derive(key, factors, challenge)
        blocks = length_prefixed(data)
        cryptogram = self._compute(_ENCIPHER, blocks, len(blocks))
        return cryptogram + self.mac(key, factors, challenge, header, cryptogram)

    def mac(
        self, key: KeySpec, factors: CardFactors, challenge: bytes, header: bytes, body: bytes = b""
    ) -> bytes:
        """MAC4 over CLA INS P1 P2, the final Lc and the body, if any."""
        self._derive(key, factors, challenge)
        message = header + bytes((len(body) + MAC_LENGTH,)) + body
        return self._compute(_MAC_WITH_IV, ZERO_IV + pad(message), MAC_LENGTH)

    def _read_file(self, file: FileSpec) -> dict[str, CardValue]:
        self._enter(file.parent)
        self._select(file.fid, file.label)
        raw = self._answers.check("read_binary", file.label, CommandApdu(0, 0xB0, 0, 0, le=file.size))
        return {
            item.name: decoded(self.profile, item, raw[item.offset or 0 :][: item.length])
            for item in self.profile.items_of(file)
        }

    def _derive(self, key: KeySpec, factors: CardFactors, challenge: bytes) -> None:
        """80DE: session key from the held key. Card factor first, although it is used last."""
        if key.sam_id is None or key.usage is None:
            raise KeyNotHeldError(key)
        self._enter(APPLICATION)
        # keys of one version go with version field 0; spec: commands_and_crypto 2.3
        version = 1 if key.usage == _AUTHENTICATION else 0
        levels = (factors.card, factors.province)[: key.steps]
        command = CommandApdu(
            0x80, 0xDE, key.steps << 5 | key.usage, version << 5 | key.sam_id, b"".join(levels) + challenge
        )
        response = self._answers.send(command)
        if response.sw == SW.KEY_NOT_FOUND:
            raise KeyNotHeldError(key)
        if not response.ok:
            raise status_error(self.profile, "delivery_key", f"SAM {key.name}", response.sw)

    def _compute(self, mode: int, blocks: bytes, due: int) -> bytes:
        answer = self._answers.check("cipher_data", "SAM", CommandApdu(0x80, 0xFA, mode, 0x00, blocks))
        if len(answer) != due:
            command = choose(self.profile.commands["cipher_data"].meaning)
            raise AnswerLengthError(command=command, count=len(answer), due=due)
        return answer

    def _enter(self, df: str) -> None:
        if self._df != df:
            self._df = ""
            self._select(0x3F00, "MF")
            if df != "MF":
                file = self.profile.files[df]
                self._select(file.fid, file.label)
            self._df = df

    def _select(self, fid: int, label: str) -> None:
        self._answers.check("select", label, CommandApdu(0x00, 0xA4, 0, 0, fid.to_bytes(2, "big")))
