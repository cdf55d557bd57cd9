"""The steps of which personalisation is made. Each one knows its place, its command and how to do it.

A list of steps says what will be done before any chip is touched; keys and challenges come in when a step
runs.  # spec: commands_and_crypto 1.1, 1.2 [DC], 3.3
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import ClassVar, Protocol

from card_os.crypto.keys import FACTOR_LENGTH
from card_os.crypto.sm2 import PUBLIC_KEY_LENGTH
from card_os.iso7816.apdu import CommandApdu
from card_os.spec.model import FileSpec, KeySpec
from issuer.keys.certificates import Holder, sam_certificate
from issuer.keys.custodian import Custodian, KeyCheck, KeyRef, write_key_header
from issuer.personalisation.chip import Chip

BY_NUMBER = 0x04
PREVIOUS = (0x00, 0x03)
BLOCK = 0x80


class Step(Protocol):
    """One thing that is done to a chip. `command` is the name of its command in the profile."""

    command: ClassVar[str]

    @property
    def file(self) -> FileSpec:
        """Where it is done."""
        ...

    def run(self, chip: Chip) -> None:
        """Do it; raises PersonalisationError."""
        ...


Say = Callable[[Step], None]


@dataclass(frozen=True, slots=True)
class Select:
    """Make a file current, by its identifier."""

    command: ClassVar[str] = "select"
    file: FileSpec

    def run(self, chip: Chip) -> None:
        """00A4, no Le."""
        fid = self.file.fid.to_bytes(2, "big")
        chip.send(self.command, self.file.label, CommandApdu(0x00, 0xA4, 0x00, 0x00, fid))


@dataclass(frozen=True, slots=True)
class Authenticate:
    """Win the right of a key. The challenge serves as the terminal's random too, which is free."""

    command: ClassVar[str] = "external_authenticate"
    file: FileSpec
    key: KeySpec

    def run(self, chip: Chip) -> None:
        """0084, 0082."""
        challenge = chip.challenge(self.file.label)
        key = chip.key(self.key.name)
        value = chip.custodian.authentication_value(key, chip.factors, challenge, challenge)
        data = value + challenge + bytes((key.version,))
        chip.send(self.command, self.file.label, CommandApdu(0x00, 0x82, 0x00, self.key.reference, data))


@dataclass(frozen=True, slots=True)
class WriteCardKey:
    """Put one version of a key onto a user card; its DF is current."""

    command: ClassVar[str] = "write_key"
    file: FileSpec
    key: KeySpec
    version: int

    def run(self, chip: Chip) -> None:
        """0084, 84D4 under the transport key."""
        challenge = chip.challenge(self.file.label)
        body = chip.custodian.wrap_for_card(KeyRef(self.key.name, self.version), chip.factors, challenge)
        _write_key(chip, self.file, self.key.reference, body)


@dataclass(frozen=True, slots=True)
class WriteSamKey:
    """Put one version of a key into a SAM; its application is current."""

    command: ClassVar[str] = "write_key"
    file: FileSpec
    key: KeySpec
    version: int

    def check(self, chip: Chip) -> None:
        """Whether the custodian can do it, with the chip untouched; raises UnknownKeyError, KeyUseError."""
        chip.custodian.wrap_for_sam(KeyRef(self.key.name, self.version), chip.factors, bytes(FACTOR_LENGTH))

    def run(self, chip: Chip) -> None:
        """0084, 84D4 under the transport key."""
        challenge = chip.challenge(self.file.label)
        body = chip.custodian.wrap_for_sam(KeyRef(self.key.name, self.version), chip.factors, challenge)
        _write_key(chip, self.file, self.key.sam_id or 0, body)


@dataclass(frozen=True, slots=True)
class WritePin:
    """Put the PIN record into a SAM; the MF is current."""

    command: ClassVar[str] = "write_key"
    file: FileSpec
    transport: KeySpec
    record: bytes = field(repr=False)

    def run(self, chip: Chip) -> None:
        """0084, 84D4 with reference 00 under the transport key."""
        challenge = chip.challenge(self.file.label)
        key = chip.key(self.transport.name)
        body = chip.custodian.protect(key, chip.factors, challenge, write_key_header(0), self.record)
        _write_key(chip, self.file, 0, body)


@dataclass(frozen=True, slots=True)
class UpdateRecord:
    """Write record `number`, or put a record before all others of a cyclic file where it is None."""

    command: ClassVar[str] = "update_record"
    file: FileSpec
    number: int | None
    data: bytes = field(repr=False)

    def run(self, chip: Chip) -> None:
        """0084, 04DC: cipher and MAC under the file's key."""
        p1, p2 = PREVIOUS if self.number is None else (self.number, BY_NUMBER)
        header = bytes((0x04, 0xDC, p1, p2))
        challenge = chip.challenge(self.file.label)
        key = chip.key(self.file.sm_key)
        body = chip.custodian.protect(key, chip.factors, challenge, header, self.data)
        chip.send(self.command, self.file.label, _command(header, body))


@dataclass(frozen=True, slots=True)
class UpdateBinary:
    """Write at most 128 bytes from `offset`, plain.  # spec: terminal_interface 5.1, 5.2"""

    command: ClassVar[str] = "update_binary"
    file: FileSpec
    offset: int
    data: bytes = field(repr=False)

    def run(self, chip: Chip) -> None:
        """00D6."""
        header = b"\x00\xd6" + self.offset.to_bytes(2, "big")
        chip.send(self.command, self.file.label, _command(header, self.data))


@dataclass(frozen=True, slots=True)
class MarkValid:
    """Set the flag of a visit record.  # spec: terminal_interface 7.4"""

    command: ClassVar[str] = "write_record"
    file: FileSpec
    number: int

    def run(self, chip: Chip) -> None:
        """0084, 84D2 with a MAC."""
        header = bytes((0x84, 0xD2, self.number, BY_NUMBER))
        challenge = chip.challenge(self.file.label)
        mac = chip.custodian.mac(chip.key(self.file.sm_key), chip.factors, challenge, header)
        chip.send(self.command, self.file.label, _command(header, mac))


@dataclass(frozen=True, slots=True)
class LockData:
    """End the personalisation of a user card; DDF1 is current, and the transport key dies."""

    command: ClassVar[str] = "lock_data"
    file: FileSpec

    def run(self, chip: Chip) -> None:
        """The first lock command that the chip knows, 8005 or 0044 05."""
        chip.send(self.command, self.file.label, CommandApdu.parse(chip.profile.lock_commands[0]))


@dataclass(frozen=True, slots=True)
class Activate:
    """End the personalisation of a SAM; the MF is current, and the transport key dies."""

    command: ClassVar[str] = "activate"
    file: FileSpec

    def run(self, chip: Chip) -> None:
        """0044."""
        chip.send(self.command, self.file.label, CommandApdu(0x00, 0x44, 0x00, 0x00, le=256))


@dataclass(frozen=True, slots=True)
class GenerateKeyPair:
    """Have a SAM make its SM2 key pair; its application is current, and the private key never leaves it."""

    command: ClassVar[str] = "generate_key_pair"
    file: FileSpec

    def run(self, chip: Chip) -> None:
        """0046 8000."""
        chip.send(self.command, self.file.label, CommandApdu(0x00, 0x46, 0x80, 0x00, le=PUBLIC_KEY_LENGTH))


@dataclass(frozen=True, slots=True)
class CertifySam:
    """Read the public key of a SAM, sign a certificate for it and write that; its file is current.

    `signer` signs, else the custodian of the keys.
    """

    command: ClassVar[str] = "read_public_key"
    file: FileSpec
    issuer_id: str
    holder: Holder
    sam_serial: str
    signer: Custodian | None = field(default=None, repr=False)

    def run(self, chip: Chip) -> None:
        """0046 8100, 00D6; raises CertificateError for a SAM that answers with no public key."""
        read = CommandApdu(0x00, 0x46, 0x81, 0x00, le=PUBLIC_KEY_LENGTH)
        public_key = chip.send(self.command, self.file.label, read)
        certificate = sam_certificate(
            self.signer or chip.custodian, self.issuer_id, self.holder, self.sam_serial, public_key
        )
        for step in in_blocks(self.file, certificate.to_bytes()):
            step.run(chip)


def perform(script: Iterable[Step], chip: Chip, say: Say) -> tuple[KeyCheck, ...]:
    """Run steps in order; `say` hears of each one before it is done. Returns the keys that were loaded.

    Raises PersonalisationError.
    """
    loaded = []
    for step in script:
        say(step)
        step.run(chip)
        if isinstance(step, (WriteCardKey, WriteSamKey)):
            value = chip.custodian.check_value(step.key.name, step.version)
            loaded.append(KeyCheck(KeyRef(step.key.name, step.version), value))
    return tuple(loaded)


def in_blocks(file: FileSpec, content: bytes) -> list[Step]:
    """The steps that write `content` to a transparent file, from its beginning."""
    return [UpdateBinary(file, at, content[at : at + BLOCK]) for at in range(0, len(content), BLOCK)]


def _write_key(chip: Chip, file: FileSpec, reference: int, body: bytes) -> None:
    chip.send("write_key", file.label, _command(write_key_header(reference), body))


def _command(header: bytes, data: bytes) -> CommandApdu:
    cla, ins, p1, p2 = header
    return CommandApdu(cla, ins, p1, p2, data)
