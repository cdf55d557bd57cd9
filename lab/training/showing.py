"""Values of a card as groups of rows for a page: labels in the reader's language, codes in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, datetime

from card_os.spec.loader import load
from card_os.spec.model import DataItem, Meaning
from lab.training.window import Group, Row, Tone
from language import _, choose, current, describe
from reader_client.contents import CardContents, CardValue, shown
from reader_client.hospital.emergency import EmergencyScreen
from reader_client.hospital.records import RecordState, VisitRecord
from reader_client.hospital.screens import record_words
from reader_client.places import PHOTO, place
from reader_client.tables import flat, meaning
from reader_client.visits import VisitKind

_FILES: Mapping[str, Meaning] = {
    "DDF1.EF06": Meaning("持卡人", "holder"),
    "DDF1.EF05": Meaning("卡片与发卡机构", "card and issuer"),
    "DDF1.EF08": Meaning("有效期、电话与付款方式", "last day, phones and who pays"),
    "DF01.EF05": Meaning("地址", "addresses"),
    "DF01.EF06": Meaning("联系人", "people to call"),
    "DF01.EF07": Meaning("学历、婚姻与职业", "education, marriage and occupation"),
    "DF01.EF08": Meaning("证件与编号", "documents and numbers"),
    "DF02.EF05": Meaning("血型与医学警示", "blood groups and warnings"),
    "DF02.EF06": Meaning("精神疾病", "mental illness"),
    "DF02.EF07": Meaning("过敏", "allergies"),
    "DF02.EF08": Meaning("免疫接种", "immunisations"),
    "DF03.EE": Meaning("住院记录", "hospital stay"),
    "DF03.ED": Meaning("门诊记录", "outpatient visit"),
}
_UNSEEN = {"issuer_certificate", PHOTO}
_SHORT_NAMES = {"abo": "ABO", "rh": "Rh", "id": "ID", "sam": "SAM"}


def label(item: DataItem) -> str:
    """The name of an item for a form or a table."""
    if current() == "zh":
        return item.chinese
    words = item.name.removesuffix("_code").removesuffix("_flag").split("_")
    text = " ".join(_SHORT_NAMES.get(word, word) for word in words)
    return text[:1].upper() + text[1:]


def groups(values: Mapping[str, CardValue]) -> tuple[Group, ...]:
    """The values that are not empty, by the file in which they stand; who holds the card comes first."""
    profile = load("health_card")
    found: dict[str, list[Row]] = {}
    for name, value in values.items():
        where = place(profile, name)
        if value is None or where.item is None or name in _UNSEEN:
            continue
        layout, numbered = where.file.layout, name.rpartition(".")[0]
        found.setdefault(f"{layout} {numbered}", []).append(_row(name, where.item, value))
    order = list(_FILES)
    by_place = sorted(found.items(), key=lambda pair: order.index(pair[0].split()[0]))
    photo = values.get(PHOTO)
    first = (Group(_("photo"), photo=photo),) if isinstance(photo, bytes) else ()
    return (*first, *(Group(_title(key), tuple(rows)) for key, rows in by_place))


def visit_group(visit: VisitRecord) -> Group:
    """A visit record and what it is worth."""
    profile, kind = load("health_card"), visit.kind
    title = f"{choose(_FILES[kind.data_layout])} {visit.slot}"
    by = f" (SAM {visit.signed_by})" if visit.signed_by else ""
    note = record_words(visit.state) + by + (f" · {describe(visit.warning)}" if visit.warning else "")
    tone = Tone.DONE if visit.state is RecordState.SIGNED else Tone.WARNING
    if not visit.whole:
        return Group(title, note=note, tone=Tone.REFUSED)
    rows = tuple(
        _row(name, profile.items[name], value)
        for name, value in visit.items.items()
        if value is not None and profile.items[name].format
    )
    return Group(title, rows, note=note, tone=tone)


def whole_card(contents: CardContents) -> tuple[Group, ...]:
    """Everything that a card holds."""
    hidden = {f"{kind}_{part}" for kind in VisitKind for part in ("transaction_signature", "sam_certificate")}
    values = {name: value for name, value in flat(contents).items() if name.rpartition(".")[2] not in hidden}
    return groups(values)


def emergency_groups(screen: EmergencyScreen) -> tuple[Group, ...]:
    """What saves a life: blood, warnings, allergies, whom to call."""
    items = load("health_card").items
    if not screen.medical_read:
        return (Group(_("medical data"), note=_("could not be read"), tone=Tone.REFUSED),)
    blood = [
        _row(name, items[name], value)
        if value is not None
        else Row(name, label(items[name]), _("not recorded"))
        for name, value in (("abo_blood_type_code", screen.abo), ("rh_blood_type_code", screen.rh))
    ]
    warned = [Row(name, flag_label(items[name]), _("yes"), mark="alert") for name in screen.warnings]
    if screen.other_alert is not None:
        other = items["other_medical_alert"]
        warned.append(Row(other.name, label(other), shown(screen.other_alert), mark="alert"))
    allergies = tuple(
        Row("allergen_name", shown(entry["allergen_name"]), shown(entry["allergy_reaction"]), mark="alert")
        for entry in screen.allergies
    )
    calls = tuple(
        Row("contact", shown(one.name), shown(one.phone), _relation(one.relation)) for one in screen.contacts
    )
    missing = ", ".join(flag_label(items[name]) for name in screen.not_recorded)
    return (
        Group(_("blood group"), tuple(blood)),
        Group(_("warnings"), tuple(warned), note="" if warned else _("none recorded")),
        Group(_("allergies"), allergies, note="" if allergies else _("none recorded")),
        Group(_("people to call"), calls, note="" if calls else _("none recorded")),
        *((Group(_("not recorded"), note=missing, tone=Tone.WARNING),) if missing else ()),
    )


def flag_label(item: DataItem) -> str:
    """The name of a yes-or-no item, without the word flag."""
    return item.chinese.removesuffix("标志") if current() == "zh" else label(item)


def texts(values: Mapping[str, CardValue], names: Iterable[str]) -> dict[str, str | None]:
    """Values as JSON texts, None for an empty one."""
    return {name: None if values.get(name) is None else shown(values[name]) for name in names}


def in_words(name: str, text: str | None) -> str:
    """A JSON text of an item with the meaning of its code."""
    profile = load("health_card")
    if text is None:
        return _("(empty)")
    known = profile.code_meaning(profile.items[name], text)
    return choose(known) if known else text


def _row(name: str, item: DataItem, value: CardValue) -> Row:
    words = meaning(load("health_card"), item, value)
    text = "" if isinstance(value, bool) else _text(value)
    mark = "alert" if value is True and item.layout == "DF02.EF05" else ""
    title = flag_label(item) if isinstance(value, bool) else label(item)
    if words and item.codes:
        return Row(name, title, words, text, mark)
    return Row(name, title, text or words, "", mark)


def _text(value: CardValue) -> str:
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M")
    return value.isoformat() if isinstance(value, date) else shown(value)


def _relation(value: CardValue) -> str:
    profile = load("health_card")
    return meaning(profile, profile.items["contact_relation_1"], value) if value is not None else ""


def _title(key: str) -> str:
    layout, _space, numbered = key.partition(" ")
    number = numbered.partition("[")[2].rstrip("]")
    return choose(_FILES[layout]) + (f" {number}" if number else "")
