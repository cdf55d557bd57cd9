"""What a declaration must hold to; the loader refuses a profile that breaks one of these rules."""

from __future__ import annotations

import re
from collections.abc import Iterator

from card_os.crypto.block_cipher import cipher_named
from card_os.spec.errors import DeclarationError, Phrase
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


Problem = tuple[str, str, Phrase]


def _file_problems(profile: Profile) -> Iterator[Problem]:
    seen: set[tuple[str, int | bytes]] = set()
    for file in profile.files.values():

        def wrong(reason: Phrase, path: str = file.path) -> Problem:
            return "files.csv", path, reason

        if file.parent and file.parent not in profile.files:
            yield wrong(Phrase("its parent {parent} is not declared above it", parent=file.parent))
        if (file.parent, file.fid) in seen:
            yield wrong(Phrase("FID {fid:04X} stands twice in {df}", fid=file.fid, df=file.parent))
        seen.add((file.parent, file.fid))
        if file.df_name:
            if ("", file.df_name) in seen:
                yield wrong(Phrase("another DF has the same name"))
            seen.add(("", file.df_name))
        for rule in (file.read, file.update, file.set_valid, file.erase):
            for name in rule.key_names():
                if name not in profile.keys:
                    yield wrong(Phrase("its rights name {key}, which is no key", key=name))
        yield from (wrong(reason) for reason in _protection_problems(profile, file))
        yield from (wrong(reason) for reason in _layout_problems(profile, file))


def _protection_problems(profile: Profile, file: FileSpec) -> Iterator[Phrase]:
    if file.protection is not Protection.NONE and file.sm_key not in profile.keys:
        yield Phrase("its secure messaging names {key}, which is no key", key=file.sm_key or Phrase("no key"))
    if file.plain_if and file.plain_if not in profile.options:
        yield Phrase("plain_if names {option}, which is no option of the profile", option=file.plain_if)


def _layout_problems(profile: Profile, file: FileSpec) -> Iterator[Phrase]:
    items = profile.items_of(file)
    if not file.kind.is_ef:
        return
    if file.size == 0 or (file.kind.has_records and not file.record_lengths):
        yield Phrase("it holds nothing")
        return
    if file.kind is FileKind.LINEAR_TLV:
        if [item.record for item in items] != list(range(1, len(items) + 1)):
            yield Phrase("its records do not count 1, 2, 3 …")
        if any(item.tag is None for item in items):
            yield Phrase("an item of a TLV file has no tag")
        return
    room = file.record_lengths[0] if file.kind.has_records else file.size
    end = 0
    for item in items:
        if item.offset != end:
            yield Phrase("{item} does not begin where the item before it ends", item=item.name)
        end += item.length
    if end > room:
        yield Phrase("its items need {end} bytes of {room}", end=end, room=room)


def _item_problems(profile: Profile) -> Iterator[Problem]:
    layouts = {file.layout for file in profile.files.values()}
    tags: set[int] = set()
    for item in profile.items.values():
        for reason in _one_item(profile, item, layouts):
            yield "items.csv", str(item.id), reason
        if item.tag is not None:
            if item.tag in tags:
                yield "items.csv", str(item.id), Phrase("tag {tag:02X} stands twice", tag=item.tag)
            tags.add(item.tag)


def _one_item(profile: Profile, item: DataItem, layouts: set[str]) -> Iterator[Phrase]:
    if item.layout not in layouts:
        yield Phrase("no file has layout {layout}", layout=item.layout)
    if item.coding not in _FORMATS or not _FORMATS[item.coding].fullmatch(item.format):
        yield Phrase("{coding} {format} is no coding", coding=item.coding, format=item.format)
    if not 0 < item.length <= 0xFF:
        yield Phrase("a length of {length} bytes", length=item.length)
    if item.codes and item.codes.partition("[")[0] not in profile.codes:
        yield Phrase("no code table {table}", table=item.codes)
    if item.rule not in ("", "resident_id"):
        yield Phrase("no rule {rule}", rule=item.rule)


def _key_problems(profile: Profile) -> Iterator[Problem]:
    places: set[tuple[str, int]] = set()
    ids: set[int] = set()
    for key in profile.keys.values():
        for reason in _one_key(profile, key):
            yield "keys.csv", key.name, reason
        if (key.df, key.reference) in places:
            reason = Phrase("reference {n:02X} stands twice in {df}", n=key.reference, df=key.df)
            yield "keys.csv", key.name, reason
        places.add((key.df, key.reference))
        if key.sam_id is not None:
            if key.sam_id in ids:
                yield "keys.csv", key.name, Phrase("SAM id {id:02X} stands twice", id=key.sam_id)
            ids.add(key.sam_id)


def _one_key(profile: Profile, key: KeySpec) -> Iterator[Phrase]:
    if key.df not in profile.files:
        yield Phrase("its DF {df} is not declared", df=key.df)
    if not 1 <= key.versions <= 4:
        yield Phrase("{count} versions", count=key.versions)
    if key.sam_id is not None and (key.usage is None or not 0 < key.sam_id < 32):
        yield Phrase("a key of a SAM needs a usage and an id of five bits")
    if key.held not in ("national", "province", "maker"):
        yield Phrase("held at {holder}", holder=key.held)


def _profile_problems(profile: Profile) -> Iterator[Problem]:
    yield from _setting_problems(profile)
    try:
        cipher_named(profile.cipher)
    except KeyError:
        yield "profile.toml", "cipher", Phrase("no cipher {cipher}", cipher=profile.cipher)
    if len(profile.chip_maker) != 2 or len(profile.card_maker) != 2:
        yield "profile.toml", "atr", Phrase("maker codes have 2 bytes each")
    for setting in ("write_key", "write_key_plain", "activate"):
        for name in getattr(profile, setting).key_names():
            if name not in profile.keys:
                yield "profile.toml", setting, Phrase("it names {key}, which is no key", key=name)
    for name in profile.commands:
        if name not in profile.statuses:
            yield "commands.csv", name, Phrase("no status words are declared for it")


def _setting_problems(profile: Profile) -> Iterator[Problem]:
    if profile.transport not in _TRANSPORTS:
        yield "profile.toml", "transport", Phrase("no transport {transport}", transport=profile.transport)
    if profile.fci not in _FCI_FORMS:
        yield "profile.toml", "fci", Phrase("no form {form}", form=profile.fci)
    for command in profile.lock_commands:
        if command not in _LOCK_COMMANDS:
            yield (
                "profile.toml",
                "lock_commands",
                Phrase("no command {command}", command=command.hex().upper()),
            )
    if profile.pin and profile.pin.delivered:
        pin, bytes_ = profile.pin.delivered, range(profile.pin.min_bytes, profile.pin.max_bytes + 1)
        if len(pin) not in bytes_ or not pin.hex().isdecimal():
            yield "profile.toml", "pin", Phrase("delivered is no PIN of packed digits in its length")
