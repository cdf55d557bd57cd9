"""The header of a file as CREATE FILE carries it.

type 1, size 2 (of record files: count 1, length 1), read right 1, change right 1, SFI 1, then the name of a
DF. A right is the reference of a key, 00 for always, FF for never. Bits 8 and 7 of the type demand MAC and
cipher for updates.  # spec: commands_and_crypto 1.2 [REL FMCOS] [DC]
"""

from __future__ import annotations

from card_os.spec.access import ALWAYS, AccessRule
from card_os.spec.model import FileKind, FileSpec, Profile, Protection

_TYPES = {
    FileKind.DF: 0x38,
    FileKind.TRANSPARENT: 0x28,
    FileKind.LINEAR_FIXED: 0x2A,
    FileKind.LINEAR_TLV: 0x2C,
    FileKind.CYCLIC: 0x2E,
}
_MAC_AND_CIPHER = 0xC0
_ALWAYS, _NEVER = 0x00, 0xFF


def file_header(profile: Profile, file: FileSpec) -> bytes:
    """The bytes that create a declared file: 6 and the DF name."""
    kind = _TYPES[file.kind] | (_MAC_AND_CIPHER if file.protection is Protection.REQUIRED else 0)
    rights = bytes((_right(profile, file.read), _right(profile, file.update)))
    return bytes((kind,)) + _size(file) + rights + bytes((file.sfi or 0,)) + file.df_name


def _size(file: FileSpec) -> bytes:
    if file.kind in (FileKind.LINEAR_FIXED, FileKind.CYCLIC):
        return bytes((len(file.record_lengths), file.record_lengths[0]))
    return file.size.to_bytes(2, "big")


def _right(profile: Profile, rule: AccessRule) -> int:
    if rule == ALWAYS:
        return _ALWAYS
    return next((profile.keys[name].reference for name in rule.key_names()), _NEVER)
