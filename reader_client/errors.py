"""What can go wrong between a person and a card: typed, with one plain line each."""

from __future__ import annotations

from typing import ClassVar

from card_os.iso7816.status import SW
from card_os.spec.errors import PlainError
from card_os.spec.model import KeySpec, Meaning, Profile
from language import _, choose


class ReaderClientError(PlainError):
    """Any error of the reader client."""


# --- readers and cards ----------------------------------------------------------------------------------


class PyscardMissingError(ReaderClientError):
    """PC/SC is wanted, but the optional library for it is not installed."""

    template = "PC/SC needs the Python package pyscard: install residents-health-card[pcsc]"


class NoPcscError(ReaderClientError):
    """The PC/SC service does not answer."""

    template = "the PC/SC service does not answer ({call}: 0x{code:08X}); is pcscd running?"


class NoReaderError(ReaderClientError):
    """No reader has that name, or the part of a name fits several."""

    template = "no single reader fits {wanted!r}; readers found: {known}"


class NoCardError(ReaderClientError):
    """The reader holds no card, or a mute one."""

    template = "no card answers in reader {reader!r}"


class CardRemovedError(ReaderClientError):
    """The card left the field, or lost its power, in the middle of the work."""

    template = "the card was removed from reader {reader!r}"


class CardTakenError(ReaderClientError):
    """Another program reset the card or holds it for itself."""

    template = "another program uses the card in reader {reader!r}"


class NotAHealthCardError(ReaderClientError):
    """The card in the reader cannot be a Residents' Health Card."""

    template = "this is no Residents' Health Card: {reason}"


# --- answers --------------------------------------------------------------------------------------------


class StatusError(ReaderClientError):
    """A command was answered with another status word than 9000."""

    template = "{command} on {file}: {sw:04X}, {meaning}"

    def __init__(self, command: str, file: str, sw: int, meaning: str) -> None:
        self.sw = sw
        super().__init__(command=command, file=file, sw=sw, meaning=meaning)


class AccessDeniedError(ReaderClientError):
    """The card or the SAM does not open what was asked for."""

    template = "{what}: access denied, {reason}"


class RightMissingError(StatusError, AccessDeniedError):
    """6982 from the card or the SAM."""


class NotWritableError(AccessDeniedError):
    """An item that cannot be written this way; nothing was sent."""

    template = "{item} cannot be written: {reason}"


class KeyNotHeldError(AccessDeniedError):
    """The SAM does not hold the key that opens the file."""

    template = "the SAM does not hold the key {key} ({meaning})"

    def __init__(self, key: KeySpec) -> None:
        super().__init__(key=key.name, meaning=choose(Meaning(key.chinese, key.english)))


class AnswerLengthError(ReaderClientError):
    """A SAM whose answer cannot be what was asked for."""

    template = "{command}: the SAM answered {count} bytes instead of {due}"


class PinError(ReaderClientError):
    """A PIN that is not accepted; `tries_left` is None where the card was never asked."""

    template = "wrong PIN, {tries_left} tries left"

    def __init__(self, tries_left: int | None) -> None:
        self.tries_left = tries_left
        super().__init__(tries_left=tries_left)


class PinBlockedError(PinError):
    """No try is left; only the issuer can help."""

    template = "the PIN is blocked"

    def __init__(self) -> None:
        super().__init__(0)


class PinFormatError(PinError):
    """A PIN that no SAM takes; nothing was sent."""

    template: ClassVar[str] = "a PIN has {shortest} to {longest} digits"

    def __init__(self, shortest: int, longest: int) -> None:
        self.tries_left = None
        ReaderClientError.__init__(self, shortest=shortest, longest=longest)


def status_error(profile: Profile, command: str, file: str, sw: int) -> StatusError:
    """The typed error for a status word, in the words of the declaration."""
    meaning = profile.status(command, sw)
    text = choose(meaning) if meaning else _("a status word that is not declared")
    if sw & 0xFFF0 == SW.TRIES_LEFT:
        # the table writes "x tries left"
        text = text.replace(" x ", f" {sw & 0x0F} ")
    spec = profile.commands.get(command)
    name = choose(spec.meaning) if spec else command
    kind = RightMissingError if sw == SW.SECURITY_STATUS else StatusError
    return kind(name, file, sw, text)
