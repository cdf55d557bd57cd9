"""A card as one page to print: A4, Chinese and English, the photo inside, nothing fetched from anywhere."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import escape
from importlib.resources import files
from string import Template

from card_os.spec.model import DataItem, Profile
from reader_client.contents import CardContents, CardValue, RawValue, Values, Visit, json_value
from reader_client.exchange.fhir_patient import ALERT, MENTAL_ILLNESS, flag_names
from reader_client.places import COLLECTIONS

UNKNOWN = "未知 unknown"
YES, NO = "是 yes", "否 no"
_EMPTY = "—"


@dataclass(frozen=True, slots=True)
class Section:
    """A headline and the layouts whose items stand under it."""

    chinese: str
    english: str
    layouts: tuple[str, ...]


PERSON = (
    Section("持卡人", "Holder", ("DDF1.EF06", "DDF1.EF08")),
    Section("地址", "Addresses", ("DF01.EF05",)),
    Section("联系人", "Contacts", ("DF01.EF06",)),
    Section("其他基本信息", "More about the holder", ("DF01.EF07", "DF01.EF08")),
    Section("医学信息", "Medical data", ("DF02.EF05", "DF02.EF06")),
    Section("发卡信息", "Issue", ("DDF1.EF05",)),
)
LISTS = {
    "allergies": ("过敏", "Allergies"),
    "immunizations": ("免疫接种", "Immunizations"),
    "inpatient_visits": ("住院记录", "Inpatient visit"),
    "outpatient_visits": ("门诊记录", "Outpatient visit"),
}


def page(profile: Profile, contents: CardContents, *, mental_illness: bool = False) -> str:
    """The whole page; every text of the card is escaped.

    What is empty is left out, and so is the flag for mental illness, tag 56, unless it is asked for: paper
    travels further than a card. Signatures and certificates are no reading matter.
    """
    items = {
        name: value for name, value in contents.items.items() if mental_illness or name != MENTAL_ILLNESS
    }
    template = Template((files("reader_client.exchange") / "card.html").read_text("utf-8"))
    return template.substitute(
        name=_shown(profile, profile.items["holder_name"], items["holder_name"]),
        card_number=_shown(profile, profile.items["card_number"], items["card_number"]),
        photo=_photo(contents.photo),
        warnings=_warnings(profile, items, mental_illness),
        sections="\n".join([*_person(profile, items), *_lists(profile, contents)]),
    )


def shown(profile: Profile, item: DataItem, value: CardValue) -> str:
    """A value in words, not escaped: the code behind what it means, an unknown one with its raw value."""
    if value is None:
        return _EMPTY
    if isinstance(value, bool):
        return YES if value else NO
    if isinstance(value, RawValue):
        return f"{UNKNOWN} ({value.hex})"
    if item.codes and isinstance(value, str):
        meaning = profile.code_meaning(item, value)
        words = f"{meaning.chinese} {meaning.english}" if meaning else UNKNOWN
        return f"{words} ({value})"
    return str(json_value(value)).replace("T", " ") if item.format == "DT15" else str(json_value(value))


def _shown(profile: Profile, item: DataItem, value: CardValue) -> str:
    text = shown(profile, item, value)
    kind = ' class="unknown"' if text.startswith(UNKNOWN) else ""
    return f"<span{kind}>{escape(text)}</span>"


def _person(profile: Profile, items: Values) -> Iterator[str]:
    for section in PERSON:
        found = [
            item
            for layout in section.layouts
            for item in profile.by_layout[layout]
            if item.name in items and not _is_seal(item)
        ]
        yield from _section(profile, section.chinese, section.english, found, items)


def _lists(profile: Profile, contents: CardContents) -> Iterator[str]:
    for name, entries in (
        ("allergies", contents.allergies),
        ("immunizations", contents.immunizations),
        ("inpatient_visits", _valid(contents.inpatient_visits)),
        ("outpatient_visits", _valid(contents.outpatient_visits)),
    ):
        chinese, english = LISTS[name]
        found = [item for item in profile.by_layout[COLLECTIONS[name][0]] if not _is_seal(item)]
        for number, entry in enumerate(entries, start=1):
            yield from _section(profile, f"{chinese} {number}", f"{english} {number}", found, entry)


def _section(
    profile: Profile, chinese: str, english: str, items: Iterable[DataItem], values: Values
) -> Iterator[str]:
    rows = [
        f"<tr><th>{escape(item.chinese)}<br><small>{escape(english_name(item))}</small></th>"
        f"<td>{_shown(profile, item, values[item.name])}</td></tr>"
        for item in items
        if values[item.name] is not None
    ]
    if rows:
        body = "\n".join(rows)
        yield f"<h2>{escape(chinese)} <small>{escape(english)}</small></h2>\n<table>\n{body}\n</table>"


def english_name(item: DataItem) -> str:
    """The English name as words."""
    return item.name.removesuffix("_code").replace("_", " ")


def _warnings(profile: Profile, items: Values, mental_illness: bool) -> str:
    """What a doctor must see first: flags that are set or unreadable, and the text of tag 55."""
    texts = []
    for name in flag_names(profile, mental_illness):
        value, item = items[name], profile.items[name]
        if value is True or isinstance(value, RawValue):
            words = f"{item.chinese} {english_name(item)}"
            texts.append(words if value is True else f"{words}: {shown(profile, item, value)}")
    if items[ALERT] is not None:
        texts.append(shown(profile, profile.items[ALERT], items[ALERT]))
    if not texts:
        return ""
    lines = "<br>".join(map(escape, texts))
    return f'<div class="warning"><strong>医学警示 Medical alert</strong><br>{lines}</div>'


def _photo(photo: bytes | None) -> str:
    if not photo:
        return ""
    data = base64.b64encode(photo).decode("ascii")
    return f'<img alt="照片 photo" src="data:image/jpeg;base64,{data}">'


def _valid(visits: Iterable[Visit]) -> list[Values]:
    return [visit.items for visit in visits if visit.valid]


def _is_seal(item: DataItem) -> bool:
    return item.coding == "B" and not item.format
