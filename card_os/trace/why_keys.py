"""Why a key or a PIN was refused."""

from __future__ import annotations

from card_os.iso7816.apdu import CommandApdu
from card_os.kernel.keys import LOCK
from card_os.kernel.refusal import Refused
from card_os.spec.key_record import USAGE_SECURE_MESSAGING, usage_byte
from card_os.spec.model import CommandSpec, KeySpec, PinSpec
from card_os.trace.following import Following
from language import _

_PIN_COMMANDS = ("verify", "change_pin")


def missing(following: Following, name: str) -> str:
    """6982 where the right of a key is not held: never won, or lost again."""
    if name not in following.lost:
        return _("needs {key}, which is not authenticated").format(key=name)
    file = following.lost[name]
    if file is None:
        return _("needs {key}, which a failed authentication took away").format(key=name)
    text = _("needs {key}, which was lost when {file} was selected")
    return text.format(key=name, file=file.label)


def lock_missing(following: Following) -> str:
    """6982 to the commands that block and unblock."""
    try:
        key = following.keys.by_role(following.ram.df, LOCK)
    except Refused:
        return ""
    return "" if key.name in following.ram.keys else missing(following, key.name)


def wrong_cryptogram(following: Following, apdu: CommandApdu, left: int) -> str:
    """63Cx to EXTERNAL AUTHENTICATE.  # spec: terminal_interface 2.2"""
    key = following.key_of(apdu.p2)
    if key is None:
        return ""
    text = _("the cryptogram is not of {key}, this card number, province code and the last challenge")
    return text.format(key=key.name) + "; " + _of_tries(left, key.tries)


def wrong_pin(pin: PinSpec, left: int) -> str:
    """63Cx to VERIFY and CHANGE PIN."""
    return _of_tries(left, pin.tries)


def _of_tries(left: int, limit: int) -> str:
    if left == 0:
        return _("it is blocked from now on")
    return _("{left} of {limit} tries are left").format(left=left, limit=limit)


def blocked(following: Following, spec: CommandSpec, apdu: CommandApdu) -> str:
    """6983."""
    if spec.name in _PIN_COMMANDS:
        return _("all tries of the PIN are used up")
    key = following.key_of(apdu.p2) if spec.name == "external_authenticate" else None
    return _("all tries of {key} are used up").format(key=key.name) if key is not None else ""


def key_not_found(following: Following, spec: CommandSpec, apdu: CommandApdu) -> str:
    """6A88: no such reference here, no such version, or a key that is not loaded."""
    if spec.name in _PIN_COMMANDS:
        return _("no PIN is loaded")
    if spec.name == "delivery_key":
        key, number, version = following.sam_key_of(apdu.p2), apdu.p2 & 0x1F, apdu.p2 >> 5
        where = following.profile.name
    elif spec.name == "external_authenticate":
        key, number = following.key_of(apdu.p2), apdu.p2
        version = apdu.data[16] if len(apdu.data) == 17 else 1
        where = following.ram.df.label
    else:
        return ""
    if key is None:
        return _("{where} has no key {n:02X}").format(where=where, n=number)
    if spec.name == "external_authenticate" and not key.tries:
        return _("{key} is no key to authenticate with").format(key=key.name)
    return _not_loaded(key, version)


def _not_loaded(key: KeySpec, version: int) -> str:
    if version > key.versions:
        text = _("{key} has versions 1 to {count}, version {n} was asked for")
        return text.format(key=key.name, count=key.versions, n=version)
    if version == 0 and key.versions > 1:
        return _("{key} has several versions, none was named").format(key=key.name)
    return _("{key} version {n} is not loaded").format(key=key.name, n=version or 1)


def wrong_usage(following: Following, spec: CommandSpec, apdu: CommandApdu) -> str:
    """6A86 to the key commands of a SAM."""
    if spec.name == "delivery_key":
        key = following.sam_key_of(apdu.p2)
        if key is None or apdu.p1 == usage_byte(key):
            return ""
        return _("P1 of {key} is {usage:02X}").format(key=key.name, usage=usage_byte(key))
    delivered = following.ram.delivered
    is_mac = spec.name == "cipher_data" and bool(apdu.p1 & 1)
    if is_mac and delivered is not None and delivered.key.usage != USAGE_SECURE_MESSAGING:
        return _("{key} computes no MAC").format(key=delivered.key.name)
    return ""
