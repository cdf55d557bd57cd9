"""A session with a SAM: it derives keys of a card and computes with them; no key ever leaves it.

The SAM forgets its session key after every 80FA, so that each computation begins with 80DE.
# spec: commands_and_crypto 2.2 to 2.5, terminal_interface 7.1, 8
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

from card_os.crypto.secure_messaging import MAC_LENGTH, ZERO_IV, fold, length_prefixed, pad
from card_os.crypto.sm2 import SIGNATURE_LENGTH
from card_os.crypto.sm3 import DIGEST_LENGTH
from card_os.iso7816.apdu import CommandApdu, ResponseApdu
from card_os.iso7816.status import SW
from card_os.spec.certificate import Certificate, CertificateError
from card_os.spec.key_record import USAGE_AUTHENTICATION
from card_os.spec.loader import load
from card_os.spec.model import FileKind, FileSpec, KeySpec, Profile
from language import choose
from reader_client.channel import Channel
from reader_client.contents import CardValue, decoded
from reader_client.errors import AnswerLengthError, KeyNotHeldError, PinFormatError, status_error
from reader_client.responses import Answers
from reader_client.sharing import Transactions, operation

APPLICATION = "MF/DF01"
TERMINAL_FILE = "MF/0016"
ISSUER_CERTIFICATE_FILE, CERTIFICATE_FILE = "MF/DF01/001B", "MF/DF01/001C"
HASH_BLOCK = 0xF0
_ENCIPHER, _MAC_WITH_IV = 0x00, 0x05
_LAST, _MORE = 0x00, 0x10


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
        self._transactions = Transactions(channel, self._forget)
        self._packed_pin: bytes | None = None
        self._df = ""

    @property
    def in_transaction(self) -> bool:
        """Whether other programs are kept out just now."""
        return self._transactions.running

    def transaction(self) -> AbstractContextManager[None]:
        """Keep other programs out of the SAM until the block ends; transactions nest, see `sharing`."""
        return self._transactions.transaction()

    @operation
    def open(self) -> None:
        """Reset the SAM and select its health application; the PIN must be verified anew."""
        self._df, self._packed_pin = "", None
        self._channel.reset()
        self._enter(APPLICATION)

    def close(self) -> None:
        """Let the SAM go, and forget its PIN."""
        self._packed_pin = None
        self._channel.close()

    @operation
    def verify_pin(self, pin: str) -> None:
        """VERIFY a PIN of 4 to 12 digits; raises PinError with the tries left, PinBlockedError.

        The session keeps a PIN that was right until it is closed: another program may reset the SAM.
        """
        self._verify(packed_pin(self.profile, pin))

    @operation
    def change_pin(self, old: str, new: str) -> None:
        """CHANGE PIN, old ‖ FF ‖ new; a wrong old PIN costs a try like a wrong VERIFY."""
        changed = packed_pin(self.profile, new)
        body = packed_pin(self.profile, old) + b"\xff" + changed
        self._answers.check("change_pin", "SAM", CommandApdu(0x80, 0x5E, 0x01, 0x00, body))
        self._packed_pin = self._packed_pin and changed

    @operation
    def info(self) -> dict[str, CardValue]:
        """The free information files as values by item name; no PIN is needed."""
        values: dict[str, CardValue] = {}
        for file in self.profile.files.values():
            if file.kind is not FileKind.TRANSPARENT:
                continue
            values |= self._read_file(file)
        self._enter(APPLICATION)
        return values

    @operation
    def province(self) -> CardValue:
        """Two digits of GB/T 2260: where the SAM serves, and so which province keys it holds."""
        values = self._read_file(self.profile.files[TERMINAL_FILE])
        self._enter(APPLICATION)
        return values["terminal_province_code"]

    @operation
    def authentication_value(
        self, key: KeySpec, factors: CardFactors, challenge: bytes, random: bytes, version: int = 1
    ) -> bytes:
        """The 8 bytes that prove `key` to the card: Fold(E_SK(random ‖ 0^8)).

        `challenge` is the last one of the card, `random` 8 bytes of the terminal. Raises KeyNotHeldError.
        """
        self._derive(key, factors, challenge, version)
        blocks = random + bytes(8)
        return fold(self._compute(_ENCIPHER, blocks, len(blocks)))

    @operation
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

    @operation
    def mac(
        self, key: KeySpec, factors: CardFactors, challenge: bytes, header: bytes, body: bytes = b""
    ) -> bytes:
        """MAC4 over CLA INS P1 P2, the final Lc and the body, if any."""
        self._derive(key, factors, challenge)
        message = header + bytes((len(body) + MAC_LENGTH,)) + body
        return self._compute(_MAC_WITH_IV, ZERO_IV + pad(message), MAC_LENGTH)

    # --- signatures: spec commands_and_crypto 2.6 -------------------------------------------------------

    @operation
    def certificate(self) -> Certificate | None:
        """The certificate of this SAM; None where it has none, and so no key pair to sign with."""
        return self._certificate(CERTIFICATE_FILE)

    @operation
    def issuer_certificate(self) -> Certificate | None:
        """The certificate of the issuer that signed the SAM's; None where there is none."""
        return self._certificate(ISSUER_CERTIFICATE_FILE)

    @operation
    def hash(self, message: bytes) -> bytes:
        """SM3 of a message of any length, computed in the SAM: 32 bytes."""
        last = max(len(message) - 1, 0) // HASH_BLOCK * HASH_BLOCK
        for start in range(0, last, HASH_BLOCK):
            part = message[start : start + HASH_BLOCK]
            self._answers.check("hash", "SAM", CommandApdu(_MORE, 0x2A, 0x90, 0x80, part))
        digest = self._answers.check("hash", "SAM", CommandApdu(_LAST, 0x2A, 0x90, 0x80, message[last:]))
        return self._due("hash", digest, DIGEST_LENGTH)

    @operation
    def sign(self, digest: bytes) -> bytes:
        """r ‖ s, 64 bytes, of a 32-byte digest; needs the PIN. Raises RightMissingError, StatusError."""
        self._enter(APPLICATION)
        response = self._send_with_pin(CommandApdu(0x00, 0x2A, 0x9E, 0x9A, digest))
        if not response.ok:
            raise status_error(self.profile, "sign", "SAM", response.sw)
        return self._due("sign", response.data, SIGNATURE_LENGTH)

    def _certificate(self, path: str) -> Certificate | None:
        raw = self._read_raw(self.profile.files[path])
        try:
            return Certificate.parse(raw)
        except CertificateError:
            return None

    def _read_raw(self, file: FileSpec) -> bytes:
        self._enter(file.parent)
        self._select(file.fid, file.label)
        return self._answers.check("read_binary", file.label, CommandApdu(0, 0xB0, 0, 0, le=file.size))

    def _read_file(self, file: FileSpec) -> dict[str, CardValue]:
        raw = self._read_raw(file)
        return {
            item.name: decoded(self.profile, item, raw[item.offset or 0 :][: item.length])
            for item in self.profile.items_of(file)
        }

    def _derive(self, key: KeySpec, factors: CardFactors, challenge: bytes, version: int = 1) -> None:
        """80DE: session key from the held key. Card factor first, although it is used last."""
        if key.sam_id is None or key.usage is None:
            raise KeyNotHeldError(key)
        self._enter(APPLICATION)
        # keys of one version go with version field 0; spec: commands_and_crypto 2.3
        version = version if key.usage == USAGE_AUTHENTICATION else 0
        levels = (factors.card, factors.province)[: key.steps]
        command = CommandApdu(
            0x80, 0xDE, key.steps << 5 | key.usage, version << 5 | key.sam_id, b"".join(levels) + challenge
        )
        response = self._send_with_pin(command)
        if response.sw == SW.KEY_NOT_FOUND:
            raise KeyNotHeldError(key)
        if not response.ok:
            raise status_error(self.profile, "delivery_key", f"SAM {key.name}", response.sw)

    def _send_with_pin(self, command: CommandApdu) -> ResponseApdu:
        """Send a command that needs the PIN; where the SAM has lost it, verify it again, once."""
        response = self._answers.send(command)
        if response.sw != SW.SECURITY_STATUS or self._packed_pin is None:
            return response
        self._verify(self._packed_pin)
        return self._answers.send(command)

    def _verify(self, pin: bytes) -> None:
        # a PIN that has become wrong is not tried a second time
        self._packed_pin = None
        self._answers.check("verify", "SAM", CommandApdu(0x00, 0x20, 0, 0, pin))
        self._packed_pin = pin

    def _forget(self) -> None:
        self._df = ""

    def _compute(self, mode: int, blocks: bytes, due: int) -> bytes:
        answer = self._answers.check("cipher_data", "SAM", CommandApdu(0x80, 0xFA, mode, 0x00, blocks))
        return self._due("cipher_data", answer, due)

    def _due(self, command: str, answer: bytes, due: int) -> bytes:
        if len(answer) != due:
            name = choose(self.profile.commands[command].meaning)
            raise AnswerLengthError(command=name, count=len(answer), due=due)
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
        self._answers.select(label, fid)
