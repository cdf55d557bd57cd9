"""The chip on the issuer's desk: a line to it, its profile, and a custodian who knows its keys."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from card_os.iso7816.apdu import CommandApdu, ResponseApdu
from card_os.iso7816.atr import Atr
from card_os.iso7816.status import SW, base
from card_os.spec.errors import PlainError
from card_os.spec.model import Profile
from issuer.keys.custodian import CardFactors, Custodian, KeyRef
from issuer.keys.key_set import ALL_VERSIONS, KeyVersions
from language import _, choose

Transmit = Callable[[bytes], bytes]
CHALLENGE_LENGTH = 8
_GET_CHALLENGE = CommandApdu(0x00, 0x84, 0x00, 0x00, le=CHALLENGE_LENGTH)


class PersonalisationError(PlainError):
    """The chip refused a command. `command` is its name in the profile, `sw` four hex digits."""

    template = "{command} at {file}: the chip answers {sw}, {meaning}"


class WrongChipError(PlainError):
    """A chip that the profile does not describe; nothing was sent to it."""

    template = "the chip is not one for this: {chinese} ({english})"


@dataclass(frozen=True, slots=True)
class Chip:
    """One chip that is being personalised, with the versions of keys that are valid now."""

    transmit: Transmit
    profile: Profile
    custodian: Custodian
    factors: CardFactors
    versions: KeyVersions = ALL_VERSIONS

    def key(self, name: str) -> KeyRef:
        """A key of the profile in the version that is used now."""
        return KeyRef(name, self.versions.used(self.profile.keys[name]))

    def send(self, command: str, place: str, apdu: CommandApdu) -> bytes:
        """Send one command that must succeed; returns the response data.

        A SAM and a contact card announce the FCI with 61xx, and nobody fetches it.
        # spec: terminal_interface 8.2. Raises PersonalisationError.
        """
        answer = ResponseApdu.parse(self.transmit(apdu.to_bytes()))
        if answer.ok or (command == "select" and base(answer.sw) == SW.BYTES_WAITING):
            return answer.data
        raise self._refusal(command, place, answer.sw)

    def challenge(self, place: str) -> bytes:
        """A fresh challenge, 8 bytes: it serves one authentication or one protected command."""
        challenge = self.send("get_challenge", place, _GET_CHALLENGE)
        if len(challenge) != CHALLENGE_LENGTH:
            reason = _("but no challenge of {length} bytes").format(length=CHALLENGE_LENGTH)
            raise PersonalisationError(command="get_challenge", file=place, sw="9000", meaning=reason)
        return challenge

    def _refusal(self, command: str, place: str, sw: int) -> PersonalisationError:
        meaning = self.profile.status(command, sw)
        return PersonalisationError(
            command=command,
            file=place,
            sw=f"{sw:04X}",
            meaning=choose(meaning) if meaning else _("which no table knows"),
        )


def factor_of(profile: Profile, atr: bytes) -> bytes:
    """The 8-byte card factor in an ATR; raises AtrError, and WrongChipError for a chip of other makers.

    A wrong authentication costs a try for ever, so a chip that cannot be ours gets none.
    """
    factor = Atr.parse(atr).card_factor
    if not factor.startswith(profile.chip_maker + profile.card_maker):
        raise WrongChipError(chinese=profile.meaning.chinese, english=profile.meaning.english)
    return factor
