"""Why a command did not fit the state of the card, its own length or its class."""

from __future__ import annotations

from card_os.iso7816.apdu import CommandApdu
from card_os.kernel.commands.delivery_key import APPLICATION, FACTOR
from card_os.kernel.commands.lock_data import APPLICATION as LOCKED_APPLICATION
from card_os.kernel.file_system import MF
from card_os.spec.key_record import TRANSPORT_KEY
from card_os.spec.model import CommandSpec, FileKind, FileSpec, LifeCycle
from card_os.trace.following import Following
from language import _, choose

_AUTHENTICATION_LENGTH = 17
_NEED_DF = {
    "delivery_key": APPLICATION,
    "sign": APPLICATION,
    "lock_data": LOCKED_APPLICATION,
    "activate": MF,
    "card_block": MF,
}
_NEED_LE = ("read_binary", "read_record", "get_challenge", "get_response")
_NEED_DATA = ("update_record", "write_key", "delivery_key", "cipher_data")


def challenge_used(user: CommandSpec) -> str:
    """6984: a challenge serves once."""
    return _("the last challenge was used up by {command}").format(command=choose(user.meaning))


def conditions(following: Following, spec: CommandSpec) -> str:
    """6985."""
    if spec.name == "get_response":
        return "" if following.awaited is not None else _("no answer is waiting")
    if spec.name == "cipher_data":
        return "" if following.ram.delivered is not None else _("80DE must come right before, each time")
    df = following.ram.df
    due = _NEED_DF.get(spec.name)
    if due is not None and df.path != due:
        return _("the current DF is {df}").format(df=df.label)
    if spec.name == "external_authenticate":
        text = _("before personalisation only {key} is taken, in a blocked application only its lock key")
        return text.format(key=TRANSPORT_KEY)
    if spec.states == frozenset(LifeCycle):
        return ""
    states = ", ".join(state for state in LifeCycle if state in spec.states)
    return _("allowed only in state {states}").format(states=states)


def wrong_length(following: Following, spec: CommandSpec, apdu: CommandApdu, file: FileSpec | None) -> str:
    """6700."""
    if spec.name in _NEED_LE and (apdu.data or apdu.le is None):
        return _("the command takes Le and no data")
    if spec.name in _NEED_DATA and not apdu.data:
        return _("the command takes data")
    if spec.name == "update_record" and file is not None and not apdu.cla & 0x04:
        return _record_length(file, apdu)
    return _declared_length(following, spec, apdu)


def _declared_length(following: Following, spec: CommandSpec, apdu: CommandApdu) -> str:
    if spec.name == "external_authenticate":
        return _due(_AUTHENTICATION_LENGTH, len(apdu.data))
    if spec.name == "get_challenge":
        lengths = ", ".join(str(length) for length in following.profile.challenge_lengths)
        return _("challenges have {lengths} bytes").format(lengths=lengths)
    if spec.name == "delivery_key":
        return _("the data is not a whole number of factors of {count} bytes").format(count=FACTOR)
    if spec.name == "verify" and following.profile.pin is not None:
        pin = following.profile.pin
        text = _("a PIN has {shortest} to {longest} bytes")
        return text.format(shortest=pin.min_bytes, longest=pin.max_bytes)
    return ""


def _record_length(file: FileSpec, apdu: CommandApdu) -> str:
    cyclic = file.kind is FileKind.CYCLIC
    number = 1 if cyclic else apdu.p1
    if not 1 <= number <= len(file.record_lengths):
        return ""
    return _due(file.record_lengths[number - 1], len(apdu.data))


def _due(due: int, sent: int) -> str:
    if due == sent:
        return ""
    return _("{due} bytes are due, {sent} were sent").format(due=due, sent=sent)


def wrong_class(spec: CommandSpec, apdu: CommandApdu) -> str:
    """6E00."""
    if apdu.cla in spec.classes:
        return ""
    classes = ", ".join(f"{cla:02X}" for cla in spec.classes)
    return _("the command has class {classes}").format(classes=classes)
