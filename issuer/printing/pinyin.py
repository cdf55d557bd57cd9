"""The name of a holder in pinyin, in capitals, as it stands under the Chinese name on a card.

What is fact: surname first and apart, the syllables of the given name together, an apostrophe before a later
syllable that begins with a, o or e, YU for ü (GB/T 28039, of which the text was not at hand [K]). What is
ours [rule]: names with a middle dot and names of peoples without surnames. Who reads a name otherwise says so
in the application; nothing here can know it.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from issuer.printing.errors import NameUnreadableError

_HAN = "\u3007\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
_DOTS = re.compile("[·•‧・･]")
_RUNS = re.compile(f"[{_HAN}]+|[^{_HAN}]+")
# Tibetan, Uyghur, Kazakh, Kirgiz, Tajik, Uzbek, Tatar, Monba, Lhoba: GB 3304 codes
_WITHOUT_SURNAMES = frozenset({"04", "05", "17", "29", "41", "43", "50", "54", "55"})
_MONGOL = "02"
# a Mongol name of three characters that begins with one of these is built as a Han name is
_COMMON_SURNAMES = frozenset(
    "王李张刘陈杨黄赵吴周徐孙马朱胡郭何高林罗郑梁谢宋唐许韩冯邓曹彭曾肖田董袁潘于蒋蔡余杜叶程苏魏吕"
    "丁任沈姚卢姜崔钟谭陆汪范金石廖贾夏韦付方白邹孟熊秦邱江尹薛闫段雷侯龙史陶黎贺顾毛郝龚邵万钱严包"
)
_LONGEST_GIVEN = 3


def of_name(name: str, ethnic_group_code: str | None = None) -> str:
    """The pinyin of a name in capitals; a name in Latin letters stays as it is, in capitals too.

    Each part of a name with middle dots becomes one word, and so does a name of a people without surnames
    (`ethnic_group_code` of GB 3304) or one with more than three characters after the surname. Raises
    NameUnreadableError.
    """
    for position, character in enumerate(name, 1):
        if re.match(f"[{_HAN}]", character) and not _syllables(character):
            raise NameUnreadableError(position=position)
    parts = [part.strip() for part in _DOTS.split(name) if part.strip()]
    if len(parts) == 1 and re.fullmatch(f"[{_HAN}]+", parts[0]):
        return _without_dot(parts[0], ethnic_group_code)
    return " ".join(_part(part) for part in parts)


SURNAME, GIVEN = "surname", "given"


@cache
def readings(place: str) -> Mapping[str, str]:
    """Pinyin by characters where pypinyin, which reads a name as any text, would be wrong.

    SURNAME: single characters, and all surnames of several characters, which have to be known as such.
    GIVEN: single characters in given names and in names without surname.
    """
    with (files("issuer.printing") / "name_readings.csv").open(encoding="utf-8") as stream:
        rows = csv.DictReader(stream)
        return MappingProxyType({row["characters"]: row["pinyin"] for row in rows if row["place"] == place})


def _without_dot(name: str, group: str | None) -> str:
    known = readings(SURNAME)
    surname = next((name[:length] for length in (4, 2) if name[:length] in known), name[:1])
    given = name[len(surname) :]
    if not _begins_with_surname(name, group) or len(given) > _LONGEST_GIVEN:
        return _word(name)
    spelled = known.get(surname) or _word(surname)
    return f"{spelled} {_word(given)}" if given else spelled


def _begins_with_surname(name: str, group: str | None) -> bool:
    if group == _MONGOL:
        return len(name) == 3 and name[0] in _COMMON_SURNAMES
    return group not in _WITHOUT_SURNAMES


def _part(part: str) -> str:
    """Chinese characters as one word, everything else as it is."""
    runs = (run.strip() for run in _RUNS.findall(part))
    return " ".join(_word(run) if re.match(f"[{_HAN}]", run) else run.upper() for run in runs if run)


def _word(characters: str) -> str:
    known = readings(GIVEN)
    pairs = zip(characters, _syllables(characters), strict=True)
    first, *rest = (known.get(character) or syllable for character, syllable in pairs)
    return first + "".join(f"'{later}" if later[0] in "AOE" else later for later in rest)


def _syllables(characters: str) -> list[str]:
    """One for each character that has a reading."""
    from pypinyin import lazy_pinyin  # noqa: PLC0415 - its tables take a tenth of a second

    return [_capitals(syllable) for syllable in lazy_pinyin(characters, errors="ignore")]


def _capitals(syllable: str) -> str:
    """pypinyin writes v for ü; on documents it is YU."""
    return syllable.replace("v", "yu").upper()
