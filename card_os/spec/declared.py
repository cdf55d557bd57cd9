"""What a declaration must hold to; the loader refuses a profile that breaks one of these rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from card_os.crypto.block_cipher import cipher_named
from card_os.spec.errors import DeclarationError
from card_os.spec.model import DataItem, FileKind, FileSpec, KeySpec, Profile, Protection

_FORMATS = {
    "AN": re.compile(r"(AN|A|N)(\.\.)?\d+"),
    "CN": re.compile(r"D8|DT15|N(\.\.)?\d+(,\d+)?"),
    "B": re.compile(r"|N1|T/F|A2"),
}
_TRANSPORTS = ("contactless", "contact_t0", "sam")
_FCI_FORMS = ("with_proprietary", "plain", "none")
# spec: commands_and_crypto 1.1 rows 26, 27
_LOCK_COMMANDS = (bytes.fromhex("8005000000"), bytes.fromhex("0044050000"))


def check(profile: Profile) -> None:
    """Raise DeclarationError for the first row that cannot be right."""
    problems = (
        *_file_problems(profile),
        *_item_problems(profile),
        *_key_problems(profile),
        *_profile_problems(profile),
    )
    for file, row, reason in problems:
        raise DeclarationError(file=f"{profile.name}/{file}", row=row, reason=reason)


Problem = tuple[str, str, str]


def _file_problems(profile: Profile) -> Iterator[Problem]:
    seen: set[tuple[str, int | bytes]] = set()
    for file in profile.files.values():

        def wrong(reason: str, path: str = file.path) -> Problem:
            return "files.csv", path, reason

        if file.parent and file.parent not in profile.files:
            yield wrong(f"its parent {file.parent} is not declared above it")
        if (file.parent, file.fid) in seen:
            yield wrong(f"FID {file.fid:04X} stands twice in {file.parent}")
        seen.add((file.parent, file.fid))
        if file.df_name:
            if ("", file.df_name) in seen:
                yield wrong("another DF has the same name")
            seen.add(("", file.df_name))
        for rule in (file.read, file.update, file.set_valid, file.erase):
            for name in rule.key_names():
                if name not in profile.keys:
                    yield wrong(f"its rights name {name}, which is no key")
        yield from (wrong(reason) for reason in _protection_problems(profile, file))
        yield from (wrong(reason) for reason in _layout_problems(profile, file))


def _protection_problems(profile: Profile, file: FileSpec) -> Iterator[str]:
    if file.protection is not Protection.NONE and file.sm_key not in profile.keys:
        yield f"its secure messaging names {file.sm_key or 'no key'}, which is no key"
    if file.plain_if and file.plain_if not in profile.options:
        yield f"plain_if names {file.plain_if}, which is no option of the profile"


def _layout_problems(profile: Profile, file: FileSpec) -> Iterator[str]:
    items = profile.items_of(file)
    if not file.kind.is_ef:
        return
    if file.size == 0 or (file.kind.has_records and not file.record_lengths):
        yield "it holds nothing"
        return
    if file.kind is FileKind.LINEAR_TLV:
        if [item.record for item in items] != list(range(1, len(items) + 1)):
            yield "its records do not count 1, 2, 3 …"
        if any(item.tag is None for item in items):
            yield "an item of a TLV file has no tag"
        return
    room = file.record_lengths[0] if file.kind.has_records else file.size
    end = 0
    for item in items:
        if item.offset != end:
            yield f"{item.name} does not begin where the item before it ends"
        end += item.length
    if end > room:
        yield f"its items need {end} bytes of {room}"


def _item_problems(profile: Profile) -> Iterator[Problem]:
    layouts = {file.layout for file in profile.files.values()}
    tags: set[int] = set()
    for item in profile.items.values():
        for reason in _one_item(profile, item, layouts):
            yield "items.csv", str(item.id), reason
        if item.tag is not None:
            if item.tag in tags:
                yield "items.csv", str(item.id), f"tag {item.tag:02X} stands twice"
            tags.add(item.tag)


def _one_item(profile: Profile, item: DataItem, layouts: set[str]) -> Iterator[str]:
    if item.layout not in layouts:
        yield f"no file has layout {item.layout}"
    if item.coding not in _FORMATS or not _FORMATS[item.coding].fullmatch(item.format):
        yield f"{item.coding} {item.format} is no coding"
    if not 0 < item.length <= 0xFF:
        yield f"a length of {item.length} bytes"
    if item.codes and item.codes.partition("[")[0] not in profile.codes:
        yield f"no code table {item.codes}"
    if item.rule not in ("", "resident_id"):
        yield f"no rule {item.rule}"


def _key_problems(profile: Profile) -> Iterator[Problem]:
    places: set[tuple[str, int]] = set()
    ids: set[int] = set()
    for key in profile.keys.values():
        for reason in _one_key(profile, key):
            yield "keys.csv", key.name, reason
        if (key.df, key.reference) in places:
            yield "keys.csv", key.name, f"reference {key.reference:02X} stands twice in {key.df}"
        places.add((key.df, key.reference))
        if key.sam_id is not None:
            if key.sam_id in ids:
                yield "keys.csv", key.name, f"SAM id {key.sam_id:02X} stands twice"
            ids.add(key.sam_id)


def _one_key(profile: Profile, key: KeySpec) -> Iterator[str]:
    if key.df not in profile.files:
        yield f"its DF {key.df} is not declared"
    if not 1 <= key.versions <= 4:
        yield f"{key.versions} versions"
    if key.sam_id is not None and (key.usage is None or not 0 < key.sam_id < 32):
        yield "a key of a SAM needs a usage and an id of five bits"
    if key.held not in ("national", "province", "maker"):
        yield f"held at {key.held}"


def _profile_problems(profile: Profile) -> Iterator[Problem]:
    yield from _setting_problems(profile)
    try:
        cipher_named(profile.cipher)
    except KeyError:
        yield "profile.toml", "cipher", f"no cipher {profile.cipher}"
    if len(profile.chip_maker) != 2 or len(profile.card_maker) != 2:
        yield "profile.toml", "atr", "maker codes have 2 bytes each"
    for setting in ("write_key", "write_key_plain", "activate"):
        for name in getattr(profile, setting).key_names():
            if name not in profile.keys:
                yield "profile.toml", setting, f"it names {name}, which is no key"
    for name in profile.commands:
        if name not in profile.statuses:
            yield "commands.csv", name, "no status words are declared for it"


def _setting_problems(profile: Profile) -> Iterator[Problem]:
    if profile.transport not in _TRANSPORTS:
        yield "profile.toml", "transport", f"no transport {profile.transport}"
    if profile.fci not in _FCI_FORMS:
        yield "profile.toml", "fci", f"no form {profile.fci}"
    for command in profile.lock_commands:
        if command not in _LOCK_COMMANDS:
            yield "profile.toml", "lock_commands", f"no command {command.hex().upper()}"
    if profile.pin and profile.pin.delivered:
        pin, bytes_ = profile.pin.delivered, range(profile.pin.min_bytes, profile.pin.max_bytes + 1)
        if len(pin) not in bytes_ or not pin.hex().isdecimal():
            yield "profile.toml", "pin", "delivered is no PIN of packed digits in its length"
