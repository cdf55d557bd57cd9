"""What a chip is that may have been worked on before: untouched, the card that it shall be, or spoilt.

A process that was killed leaves a chip as it was at that moment. Only what the chip itself proves counts:
that it has our keys, that it is locked, which is the last step of making it, and that it says what this card
shall say.
# spec: commands_and_crypto 1.1 rows 17, 18, 26, 3.3, 5.3
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Iterable, Sequence
from enum import StrEnum

from card_os.iso7816.apdu import MAX_LE, CommandApdu, ResponseApdu
from card_os.iso7816.status import SW
from card_os.spec.key_record import TRANSPORT_KEY
from issuer.personalisation.chip import Chip, PersonalisationError
from issuer.personalisation.steps import Authenticate, Select, Step, UpdateRecord

_PROOF = "IRK_DDF1"
_READ = "RK1_DDF1"
_RANDOM = 8
_COMPARED = ("MF/DDF1/EF05", "MF/DDF1/EF06")


class Seen(StrEnum):
    """What a chip turned out to be."""

    UNTOUCHED = "untouched"
    CARD = "card"
    SPOILT = "spoilt"


def look(chip: Chip, plan: Iterable[Step]) -> Seen:
    """Find out what a freshly powered chip is; `plan` are the steps that make the card that it shall be.

    Costs no try: the chip is asked first whether it has the keys.
    """
    written = [step for step in plan if isinstance(step, UpdateRecord) and step.file.path in _COMPARED]
    try:
        answer, challenge, data = _prove(chip)
        if answer.sw == SW.CONDITIONS_OF_USE:
            return Seen.UNTOUCHED
        proof = chip.custodian.authentication_value(chip.key(_PROOF), chip.factors, challenge, data)
        if not answer.ok or not hmac.compare_digest(proof, answer.data) or not _is_locked(chip):
            return Seen.SPOILT
        return Seen.CARD if _says(chip, written) else Seen.SPOILT
    except PersonalisationError:
        return Seen.SPOILT


def _prove(chip: Chip) -> tuple[ResponseApdu, bytes, bytes]:
    """The answer to INTERNAL AUTHENTICATE in the application, with its challenge and data."""
    Select(chip.profile.files["MF/DDF1"]).run(chip)
    challenge, data = secrets.token_bytes(_RANDOM), secrets.token_bytes(_RANDOM)
    version = bytes((chip.key(_PROOF).version,))
    command = CommandApdu(0x00, 0x88, 0x00, 0x00, challenge + data + version, le=_RANDOM)
    return ResponseApdu.parse(chip.transmit(command.to_bytes())), challenge, data


def _is_locked(chip: Chip) -> bool:
    """Whether the transport key is dead. Where it lives we know it, so that asking costs no try."""
    mf, key = chip.profile.files["MF"], chip.profile.keys[TRANSPORT_KEY]
    Select(mf).run(chip)
    try:
        Authenticate(mf, key).run(chip)
    except PersonalisationError as error:
        return error.fields["sw"] == f"{SW.KEY_NOT_FOUND:04X}"
    return False


def _says(chip: Chip, written: Sequence[UpdateRecord]) -> bool:
    application = chip.profile.files["MF/DDF1"]
    Select(application).run(chip)
    Authenticate(application, chip.profile.keys[_READ]).run(chip)
    return bool(written) and all(_reads(chip, step) == step.data for step in written)


def _reads(chip: Chip, step: UpdateRecord) -> bytes:
    Select(step.file).run(chip)
    command = CommandApdu(0x00, 0xB2, step.number or 0, 0x04, le=MAX_LE)
    return chip.send("read_record", step.file.label, command)
