"""Cards that are wrong from the start, as terminals meet them; each one made by real commands.

A plan of faults names its scene; the simulator puts these cards into its readers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from hashlib import sha256

from card_os.crypto.keys import KEY_LENGTH
from card_os.kernel.card import Card
from card_os.spec import key_record
from card_os.spec.errors import PlainError
from card_os.spec.loader import load
from card_os.spec.model import Meaning
from issuer.keys.custodian import CardFactors, KeyRef, write_key_header
from issuer.keys.key_set import TRANSPORT_KEY
from issuer.keys.test_custodian import PublishedTestCustodian
from issuer.personalisation.steps import Authenticate, Select
from lab import demo

OTHER_PROVINCE = "21"
BLOCKED = "MF/DDF1/DF01"
BLOCK = bytes.fromhex("841E000004")


class UnknownSceneError(PlainError):
    """A plan that names no scene of this lab."""

    template = "{scene}: no such scene; there are {known}"


@dataclass(frozen=True, slots=True)
class Scene:
    """What lies in the readers, without power. `issued` is None where the user card was never issued."""

    user: Card
    sam: Card
    issued: demo.DemoCard | None


@dataclass(frozen=True, slots=True)
class SceneKind:
    """A scene by what it stands for, and how it is made for a resident and a serial number."""

    meaning: Meaning
    make: Callable[[demo.Resident, int, str], Scene]


class _OtherKeys(PublishedTestCustodian):
    """Fills a SAM with keys that no card of the demonstration has."""

    def wrap_for_sam(self, key: KeyRef, sam: CardFactors, challenge: bytes) -> bytes:
        """See Custodian."""
        spec = load("sam").sam_keys[key.name]
        value = sha256(f"other test root {key.name} v{key.version}".encode("ascii")).digest()[:KEY_LENGTH]
        record = key_record.for_sam(spec, key.version, value).to_bytes()
        return self.protect(TRANSPORT_KEY, sam, challenge, write_key_header(spec.sam_id or 0), record)


def scene(name: str, person: demo.Resident, serial: int = 1, variant: str = "") -> Scene:
    """Make the cards of a scene; `variant` is that of the user card. Raises UnknownSceneError."""
    if name not in SCENES:
        raise UnknownSceneError(scene=name, known=" ".join(SCENES))
    return SCENES[name].make(person, serial, variant)


def _with_sam(sam: Card, person: demo.Resident, serial: int, variant: str) -> Scene:
    issued = demo.issue_card(person, serial, variant=variant)
    return Scene(issued.card, sam, issued)


def _sam_of_other_province(person: demo.Resident, serial: int, variant: str) -> Scene:
    return _with_sam(demo.issue_sam(serial, province=OTHER_PROVINCE), person, serial, variant)


def _sam_with_other_keys(person: demo.Resident, serial: int, variant: str) -> Scene:
    return _with_sam(demo.issue_sam(serial, custodian=_OtherKeys()), person, serial, variant)


def _expired_sam(person: demo.Resident, serial: int, variant: str) -> Scene:
    yesterday = date.today() - timedelta(days=1)
    return _with_sam(demo.issue_sam(serial, last_day=yesterday), person, serial, variant)


def _unpersonalised(person: demo.Resident, serial: int, variant: str) -> Scene:
    """A card that left the transport state and got no keys: authentication answers 6A88.

    # spec: commands_and_crypto 1.4 [HC-T], 4.2
    """
    card = demo.blank("health_card", serial, variant)
    chip = demo.desk(card)
    mf = card.profile.files["MF"]
    Select(mf).run(chip)
    Authenticate(mf, card.profile.keys[TRANSPORT_KEY.name]).run(chip)
    card.power_off()
    return Scene(card, demo.issue_sam(serial), None)


def _blocked_application(person: demo.Resident, serial: int, variant: str) -> Scene:
    """DF01 is blocked: SELECT answers 6283, everything below 6985.  # spec: commands_and_crypto 1.5"""
    issued = demo.issue_card(person, serial, variant=variant)
    chip = demo.desk(issued.card)
    files, keys = issued.card.profile.files, issued.card.profile.keys
    for path in ("MF/DDF1", BLOCKED):
        Select(files[path]).run(chip)
    Authenticate(files[BLOCKED], keys["LK_DF01"]).run(chip)
    challenge = chip.challenge(BLOCKED)
    mac = chip.custodian.mac(KeyRef("STK_DF01"), chip.factors, challenge, BLOCK[:4])
    answer = issued.card.transmit(BLOCK + mac)
    if answer != b"\x90\x00":
        raise RuntimeError(f"the card refused to be blocked: {answer.hex().upper()}")
    issued.card.power_off()
    return Scene(issued.card, demo.issue_sam(serial), issued)


SCENES: Mapping[str, SceneKind] = {
    "sam_of_other_province": SceneKind(
        Meaning(
            "外省SAM卡:能读,不能更新DDF1和DF01",
            "a SAM of another province: reads, cannot update DDF1 and DF01",
        ),
        _sam_of_other_province,
    ),
    "sam_with_other_keys": SceneKind(
        Meaning("密钥不符的SAM卡:所有认证失败", "a SAM with other keys: every authentication fails"),
        _sam_with_other_keys,
    ),
    "expired_sam": SceneKind(
        Meaning("应用有效期已过的SAM卡", "a SAM whose application ended yesterday"), _expired_sam
    ),
    "unpersonalised_card": SceneKind(
        Meaning("未个人化的卡:外部认证返回6A88", "a card without keys: EXTERNAL AUTHENTICATE answers 6A88"),
        _unpersonalised,
    ),
    "blocked_application": SceneKind(
        Meaning("DF01应用被锁定:选择返回6283", "application DF01 is blocked: SELECT answers 6283"),
        _blocked_application,
    ),
}
