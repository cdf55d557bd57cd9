"""Moves on the user card by hand: select a file by its path, prove a key by its name."""

from __future__ import annotations

import difflib

from card_os.iso7816.apdu import CommandApdu
from card_os.spec.model import FileSpec, KeySpec, Profile
from lab.shell.desk import Desk, Target
from lab.shell.errors import UnknownFileError, UnknownKeyError
from language import _
from reader_client.errors import AccessDeniedError
from reader_client.files import KEY_VERSION, TERMINAL_RANDOM
from reader_client.responses import Answers

MF = "MF"
_AUTHENTICATION = 7


def find_file(profile: Profile, path: str, current_df: str = MF) -> FileSpec:
    """The file of a path: from the MF, from the current DF, or by an end that only one file has.

    Raises UnknownFileError.
    """
    wanted = path.strip("/").upper()
    if wanted == "..":
        return profile.files[profile.files[current_df].parent or MF]
    paths = {name.upper(): name for name in profile.files}
    for full in (wanted, f"{current_df.upper()}/{wanted}", f"{MF}/{wanted}"):
        if full in paths:
            return profile.files[paths[full]]
    ends = [name for name in profile.files if wanted and name.upper().endswith(f"/{wanted}")]
    if len(ends) == 1:
        return profile.files[ends[0]]
    labels = [file.label for file in profile.files.values()]
    near = [profile.files[end].label for end in ends] or difflib.get_close_matches(wanted, labels, n=1)
    raise UnknownFileError(path=path, hint=f" ({', '.join(near)}?)" if near else "")


def select(desk: Desk, file: FileSpec) -> None:
    """SELECT a file, with the DFs on the way to it that are not current yet; raises StatusError."""
    card = Answers(desk.channel(Target.CARD), desk.profile)
    desk.touched(Target.CARD)
    way = [desk.profile.files[path] for path in _ancestors(file.path)]
    current = [way.index(one) for one in way if one.path == desk.views[Target.CARD].current_df.path]
    # DDF1 is found from everywhere; spec: terminal_interface 3
    start = current[0] + 1 if current and way[current[0]] is not file else 1
    for one in way[start:] or way[-1:]:
        data = one.fid.to_bytes(2, "big")
        card.check("select", one.label, CommandApdu(0x00, 0xA4, 0x00, 0x00, data))


def proving_keys(profile: Profile) -> dict[str, KeySpec]:
    """The keys that a SAM holds and a terminal proves by EXTERNAL AUTHENTICATE."""
    return {
        name: key
        for name, key in profile.keys.items()
        if key.usage == _AUTHENTICATION and key.sam_id is not None and key.tries
    }


def authenticate(desk: Desk, name: str) -> KeySpec:
    """Prove a key with the SAM; raises UnknownKeyError, AccessDeniedError, StatusError.

    A key of another province is refused here: a wrong value costs the card one of its tries.
    # spec: terminal_interface 4.6, 6.2
    """
    known = proving_keys(desk.profile)
    key = known.get(name.upper())
    if key is None:
        near = difflib.get_close_matches(name.upper(), known, n=1)
        hint = f" ({near[0]}?)" if near else ""
        raise UnknownKeyError(name=name, hint=hint, known=" ".join(known))
    factors, sam = desk.factors(), desk.sam()
    if key.held == "province" and str(sam.province()) != factors.province[:2].decode("ascii"):
        raise AccessDeniedError(what=key.name, reason=_("the SAM is of another province than the card"))
    if desk.views[Target.CARD].current_df.path != key.df:
        select(desk, desk.profile.files[key.df])
    card = Answers(desk.channel(Target.CARD), desk.profile)
    desk.touched(Target.CARD)
    challenge = card.check("get_challenge", "-", CommandApdu(0x00, 0x84, 0, 0, le=8))
    value = sam.authentication_value(key, factors, challenge, TERMINAL_RANDOM)
    body = value + TERMINAL_RANDOM + bytes((KEY_VERSION,))
    card.check("external_authenticate", key.name, CommandApdu(0x00, 0x82, 0x00, key.reference, body))
    return key


def _ancestors(path: str) -> list[str]:
    """MF, MF/DDF1, … and the path itself."""
    parts = path.split("/")
    return ["/".join(parts[:length]) for length in range(1, len(parts) + 1)]
