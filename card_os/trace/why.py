"""Why a status word came: derived from what was followed and from the declaration.

Each reason is a guess of the kind "what a card of this declaration would refuse here"; where nothing fits the
text is empty, and the meaning of the status word has to do.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from card_os.iso7816.apdu import CommandApdu
from card_os.iso7816.status import SW, base, tries_left
from card_os.kernel.commands.get_challenge import USABLE_LENGTH
from card_os.kernel.commands.read_binary import binary_place
from card_os.kernel.commands.read_record import RECORD_FILES
from card_os.kernel.refusal import Refused
from card_os.spec.access import NEVER, AccessRule
from card_os.spec.model import CommandSpec, FileKind, FileSpec, LifeCycle
from card_os.trace import why_keys, why_state
from card_os.trace.following import Following
from card_os.trace.words import kind_name
from language import _

_KINDS: dict[str, tuple[FileKind, ...]] = {
    "read_binary": (FileKind.TRANSPARENT,),
    "update_binary": (FileKind.TRANSPARENT,),
    "read_record": RECORD_FILES,
    "update_record": RECORD_FILES,
    "append_record": RECORD_FILES,
    "write_record": (FileKind.LINEAR_FIXED,),
    "erase_record": (FileKind.LINEAR_FIXED,),
}
_NEED_PIN = ("delivery_key", "sign")
_NEED_LOCK = ("application_block", "application_unblock", "card_block")


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command that was refused, and the card before it. `file` is the EF that the command works on."""

    following: Following
    spec: CommandSpec
    apdu: CommandApdu
    file: FileSpec | None
    sw: int


def why(refusal: Refusal) -> str:
    """One clause, empty where nothing is known; never raises."""
    find = _REASONS.get(base(refusal.sw))
    return find(refusal) if find is not None else ""


# --- rights ---------------------------------------------------------------------------------------------


def _rule(at: Refusal) -> AccessRule | None:
    profile, file = at.following.profile, at.file
    if at.spec.name == "write_key":
        return profile.write_key if at.apdu.cla & 0x04 else profile.write_key_plain
    if at.spec.name == "activate":
        return profile.activate
    if file is None:
        return None
    return {
        "read_binary": file.read,
        "read_record": file.read,
        "update_binary": file.update,
        "update_record": file.update,
        "append_record": file.update,
        "write_record": file.set_valid,
        "erase_record": file.erase,
    }.get(at.spec.name)


def _security_status(at: Refusal) -> str:
    if at.spec.name in _NEED_PIN:
        return "" if at.following.ram.pin_verified else _("VERIFY must come first, since the last reset")
    if at.spec.name in _NEED_LOCK:
        return why_keys.lock_missing(at.following)
    rule = _rule(at)
    return _unmet(at, rule) if rule is not None else ""


def _unmet(at: Refusal, rule: AccessRule) -> str:
    if rule == NEVER:
        return _("no key opens that")
    held = at.following.ram.keys
    missing = [name for name in dict.fromkeys(rule.key_names()) if name not in held]
    if missing:
        return "; ".join(why_keys.missing(at.following, name) for name in missing)
    states = [state for state in LifeCycle if rule.allows(held, state)]
    if len(states) == len(LifeCycle):
        return ""
    return _("allowed only in state {states}").format(states=", ".join(states))


# --- files ----------------------------------------------------------------------------------------------


def _file_not_found(at: Refusal) -> str:
    sfi = at.following.sfi_of(at.spec, at.apdu)
    here = at.following.ram.df.label
    if sfi is not None:
        text = _("{df} has no EF with short identifier {sfi:02X}")
        return "" if at.file else text.format(df=here, sfi=sfi)
    if at.spec.name != "select":
        return ""
    if at.apdu.p1 == 0x04:
        return _("no DF has this name") if at.following.selected_by(at.apdu) is None else ""
    if len(at.apdu.data) != 2 or at.following.selected_by(at.apdu) is not None:
        return ""
    fid = int.from_bytes(at.apdu.data, "big")
    places = [file.parent for file in at.following.profile.files.values() if file.fid == fid]
    if not places:
        return _("no file of this application has identifier {fid:04X}").format(fid=fid)
    names = ", ".join(at.following.files[place].label for place in places)
    text = _("{fid:04X} is in {places} and not reachable from {df}")
    return text.format(fid=fid, places=names, df=here)


def _wrong_file_type(at: Refusal) -> str:
    if at.file is None:
        return ""
    kinds = _KINDS.get(at.spec.name, ())
    if at.file.kind not in kinds:
        text = _("{file} is {kind}; the command works on {kinds}")
        return text.format(
            file=at.file.label, kind=kind_name(at.file.kind), kinds=", ".join(map(kind_name, kinds))
        )
    if at.spec.name == "update_record":
        cyclic = at.file.kind is FileKind.CYCLIC
        if cyclic and at.apdu.p2 == 0x04:
            return _("records of a cyclic file are appended (P2 03), not replaced")
        return "" if cyclic else _("records of a linear file are replaced by number (P2 04), not appended")
    return _("{file} holds no valid marks").format(file=at.file.label)


def _no_current_ef(at: Refusal) -> str:
    if at.file is not None:
        return ""
    return _("no EF was selected since {df} was").format(df=at.following.ram.df.label)


def _record_not_found(at: Refusal) -> str:
    if at.file is None or not at.file.kind.has_records:
        return ""
    if at.spec.name == "read_record" and at.apdu.p2 == 0:
        tags = [item.tag for item in at.following.profile.items_of(at.file)]
        text = _("{file} has no record with tag {tag:02X}")
        return "" if at.apdu.p1 in tags else text.format(file=at.file.label, tag=at.apdu.p1)
    count = len(at.file.record_lengths)
    text = _("{file} has records 1 to {count}")
    return "" if 1 <= at.apdu.p1 <= count else text.format(file=at.file.label, count=count)


def _wrong_offset(at: Refusal) -> str:
    try:
        offset = binary_place(at.apdu)[1]
    except Refused:
        return ""
    if at.file is None or offset < at.file.size:
        return ""
    text = _("{file} ends at byte {last}, byte {offset} was asked for")
    return text.format(file=at.file.label, last=at.file.size - 1, offset=offset)


def _no_space(at: Refusal) -> str:
    if at.file is None:
        return ""
    if at.spec.name == "append_record":
        return _("{file} is {kind}; its records are replaced").format(
            file=at.file.label, kind=kind_name(at.file.kind)
        )
    if at.spec.name != "update_binary":
        return ""
    return _("{file} has {size} bytes").format(file=at.file.label, size=at.file.size)


def _wrong_le(at: Refusal) -> str:
    if at.apdu.le is None:
        return ""
    text = _("{asked} bytes were asked for, {right} are there")
    return text.format(asked=at.apdu.le, right=at.sw & 0xFF or 256)


# --- secure messaging, challenge ------------------------------------------------------------------------


def _no_challenge(at: Refusal) -> str:
    following = at.following
    if following.ram.challenge is not None:
        return ""
    if following.challenge_user is not None:
        return why_state.challenge_used(following.challenge_user)
    if following.challenge_was_short:
        return _("the last challenge was not of {count} bytes").format(count=USABLE_LENGTH)
    return _("no challenge was drawn since the last reset")


def _mac_wrong(at: Refusal) -> str:
    key = at.following.protecting_key(at.spec, at.apdu)
    text = _("the MAC does not fit {key}, this header and the last challenge")
    return text.format(key=key) if key else ""


def _mac_missing(at: Refusal) -> str:
    if at.file is None or not at.file.sm_key:
        return ""
    text = _("{file} is written under secure messaging with {key}")
    return text.format(file=at.file.label, key=at.file.sm_key)


def _plain_only(at: Refusal) -> str:
    return _("{file} is written plain").format(file=at.file.label) if at.file is not None else ""


def _wrong_data(at: Refusal) -> str:
    if at.spec.name != "update_record" or at.file is None or at.file.kind is not FileKind.LINEAR_TLV:
        return ""
    items = [item for item in at.following.profile.items_of(at.file) if item.record == at.apdu.p1]
    text = _("record {n} begins with tag {tag:02X} and length {length:02X}")
    return text.format(n=at.apdu.p1, tag=items[0].tag, length=items[0].length) if items else ""


def _tries(at: Refusal) -> str:
    left = tries_left(at.sw)
    if at.spec.name == "external_authenticate":
        return why_keys.wrong_cryptogram(at.following, at.apdu, left or 0)
    if at.spec.name in ("verify", "change_pin") and at.following.profile.pin is not None:
        return why_keys.wrong_pin(at.following.profile.pin, left or 0)
    return ""


_REASONS: dict[int, Callable[[Refusal], str]] = {
    SW.TRIES_LEFT: _tries,
    SW.WRONG_LENGTH: lambda at: why_state.wrong_length(at.following, at.spec, at.apdu, at.file),
    SW.SM_NOT_SUPPORTED: _plain_only,
    SW.WRONG_FILE_TYPE: _wrong_file_type,
    SW.SECURITY_STATUS: _security_status,
    SW.METHOD_BLOCKED: lambda at: why_keys.blocked(at.following, at.spec, at.apdu),
    SW.DATA_UNUSABLE: _no_challenge,
    SW.CONDITIONS_OF_USE: lambda at: why_state.conditions(at.following, at.spec),
    SW.NO_CURRENT_EF: _no_current_ef,
    SW.SM_DATA_MISSING: _mac_missing,
    SW.SM_DATA_WRONG: _mac_wrong,
    SW.WRONG_DATA: _wrong_data,
    SW.FILE_NOT_FOUND: _file_not_found,
    SW.RECORD_NOT_FOUND: _record_not_found,
    SW.NO_SPACE: _no_space,
    SW.WRONG_P1P2: lambda at: why_keys.wrong_usage(at.following, at.spec, at.apdu),
    SW.KEY_NOT_FOUND: lambda at: why_keys.key_not_found(at.following, at.spec, at.apdu),
    SW.WRONG_OFFSET: _wrong_offset,
    SW.WRONG_LE: _wrong_le,
    SW.CLA_UNKNOWN: lambda at: why_state.wrong_class(at.spec, at.apdu),
}
