"""The vocabulary of checks: by name, what was really done.

Cards are read back through the reader client over the slot in which they are, never from the chip itself; the
swipe log, the hospital's records and the registry of the office are read as they stand. `window` looks at
what the windows of the seat ended with. Everything counts from the start of the exercise.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import TypeVar, cast

from card_os.spec.model import Meaning
from lab.sources import Kind
from lab.training import office_checks
from lab.training.arguments import Given
from lab.training.facts import Fact
from lab.training.patient_index import COMPARED
from lab.training.seat import LOOK, Seat
from lab.training.showing import texts
from lab.training.tray import entry
from reader_client.contents import Values, Visit, json_value, present, shown
from reader_client.errors import CardRemovedError
from reader_client.hospital.swipe_log import SwipeRow
from reader_client.signatures import SignatureStatus
from reader_client.visits import VisitKind

T = TypeVar("T")
# the holder PIN belongs to the application; spec: commands_and_crypto 1.1 VERIFY
_SELECT_APPLICATION, _VERIFY, _OK = (bytes.fromhex(text) for text in ("00A4000002DDF1", "00200000", "9000"))


@dataclass(slots=False)
class Scene:
    """What the checks of one look at a seat see; a card is read once, however many checks ask for it.

    `facts` are those since the start, `log_rows` the rows of the swipe log before it, `answers` what was
    answered to the questions, by the place of the step.
    """

    seat: Seat
    facts: Sequence[Fact]
    log_rows: int
    started: datetime
    answers: Mapping[str, str] = field(default_factory=dict)
    _read: dict[object, object] = field(default_factory=dict)

    @cached_property
    def swipes(self) -> Sequence[SwipeRow]:
        """The rows of the swipe log since the start."""
        return self.seat.log.read().rows[self.log_rows :]

    def items(self, card: str, names: tuple[str, ...]) -> Values:
        """Items of a card."""
        return self._once(("items", card, names), lambda: self._items(card, names))

    def entries(self, card: str, collection: str) -> Sequence[Values]:
        """The entries of a list of a card, the newest first."""
        return self._once((collection, card), lambda: self._entries(card, collection))

    def visits(self, card: str, kind: VisitKind, *, as_issued: bool = False) -> Sequence[Visit]:
        """The valid visits of a card, as it is or as it was issued."""

        def read() -> Sequence[Visit]:
            with self.seat.examine(card, as_issued=as_issued) as session:
                return session.visits(kind)

        return self._once((kind, card, as_issued), read)

    def _items(self, card: str, names: tuple[str, ...]) -> Values:
        with self.seat.examine(card) as session:
            return session.read(names)

    def _entries(self, card: str, collection: str) -> Sequence[Values]:
        with self.seat.examine(card) as session:
            contents = session.read_all()
        return contents.allergies if collection == "allergies" else contents.immunizations

    def _once(self, key: object, read: Callable[[], T]) -> T:
        if key not in self._read:
            self._read[key] = read()
        return cast(T, self._read[key])


@dataclass(frozen=True, slots=True)
class Check:
    """One word of the vocabulary; `arguments` are its arguments and their kinds."""

    meaning: Meaning
    holds: Callable[[Scene, Given, str], bool]
    arguments: Mapping[str, str]
    required: tuple[str, ...] = ()


def _window(scene: Scene, given: Given, _place: str) -> bool:
    wanted = given.items()
    return any(
        fact.kind == "window" and all(fact.what.get(k) == v for k, v in wanted) for fact in scene.facts
    )


def _log(scene: Scene, given: Given, _place: str) -> bool:
    rows = [row for row in scene.swipes if row.step == given["step"] and row.result == given["result"]]
    if "card" in given:
        serial = scene.items(str(given["card"]), ("chip_serial_number",))["chip_serial_number"]
        rows = [row for row in rows if row.chip_serial == serial]
    return len(rows) >= int(str(given.get("count", 1)))


def _slot(scene: Scene, given: Given, _place: str) -> bool:
    kind = Kind.USER if given["slot"] == "card" else Kind.SAM
    found = scene.seat.card_in(kind)
    if found is None:
        return not given["card"] and scene.seat.slots[kind].source is None
    return found.id == given["card"]


def _inserted(scene: Scene, given: Given, _place: str) -> bool:
    return any(fact.kind == "inserted" and fact.what.get("card") == given["card"] for fact in scene.facts)


def _item(scene: Scene, given: Given, _place: str) -> bool:
    name = str(given["item"])
    return shown(scene.items(str(given["card"]), (name,))[name]) == given["value"]


def _entry(scene: Scene, given: Given, _place: str) -> bool:
    found = scene.entries(str(given["card"]), str(given["collection"]))
    return any(shown(one.get(str(given["item"]))) == given["value"] for one in found)


def _visits_added(scene: Scene, given: Given, _place: str) -> bool:
    card, kind = str(given["card"]), VisitKind(str(given["kind"]))
    before = {_text(visit) for visit in scene.visits(card, kind, as_issued=True)}
    added = [visit for visit in scene.visits(card, kind) if _text(visit) not in before]
    if len(added) != given.get("count", 1):
        return False
    if not given.get("signed", False):
        return True
    with scene.seat.examine(card) as session:
        return all(session.verify_visit(kind, one.slot).status is SignatureStatus.VALID for one in added)


def _records_agree(scene: Scene, given: Given, _place: str) -> bool:
    names = (*COMPARED, "card_number")
    values = texts(scene.items(str(given["card"]), names), names)
    number = str(values["card_number"])
    patients = scene.seat.patients
    return patients.record(number) is not None and not patients.differences(number, values)


def _answer(scene: Scene, given: Given, place: str) -> bool:
    said = scene.answers.get(place, "").strip().casefold()
    if not said:
        return False
    if "choices" in given:
        return said == str(given["right"])
    accepted = [text.casefold() for text in given.get("accept", ())]  # type: ignore[attr-defined]
    if "card" in given and "item" in given:
        name = str(given["item"])
        accepted.append(shown(scene.items(str(given["card"]), (name,))[name]).casefold())
    return said in accepted


def _pin(scene: Scene, given: Given, _place: str) -> bool:
    """Whether the card takes this PIN; a wrong one costs the card one try, as everywhere."""
    card, pin = str(given["card"]), bytes.fromhex(str(given["pin"]))
    if not office_checks.pin_was_set(scene.seat, entry(card), scene.started):
        return False
    with scene.seat.working_at(LOOK):
        channel = scene.seat.at_rest(card)
        try:
            channel.reset()
            channel.transmit(_SELECT_APPLICATION)
            return channel.transmit(_VERIFY + bytes((len(pin),)) + pin) == _OK
        except CardRemovedError:
            return False
        finally:
            channel.close()


def _in_registry(holds: Callable[[Seat, Given, datetime], bool]) -> Callable[[Scene, Given, str], bool]:
    return lambda scene, given, _place: holds(scene.seat, given, scene.started)


def _held_back(scene: Scene, given: Given, _place: str) -> bool:
    return any(
        fact.kind == "application" and given["rule"] in fact.what.get("rules", "").split()
        for fact in scene.facts
    )


def _office_card(scene: Scene, given: Given, _place: str) -> bool:
    """A card that the registry has in a state, whose chip says the same of itself."""
    found = office_checks.card_of(scene.seat, given, scene.started)
    if found is None:
        return False
    if "chip" not in given:
        return True
    names = ("card_number", "chip_serial_number")
    values = scene.items(str(given["chip"]), names)
    return [json_value(values[name]) for name in names] == [found["card_number"], found["chip_serial"]]


def _text(visit: Visit) -> str:
    return json.dumps(present(visit.items), sort_keys=True, default=str)


CHECKS: Mapping[str, Check] = {
    "window": Check(
        Meaning("某窗口这样办结", "a window ended so"),
        _window,
        {"window": "window", "card": "card", "sam": "card", "result": "result", "answer": "text",
         "check": "text", "error": "text"},
        ("window", "result"),
    ),
    "log": Check(
        Meaning("刷卡日志有这样一行", "the swipe log has such a row"),
        _log,
        {"step": "step", "result": "result", "card": "card", "count": "count"},
        ("step", "result"),
    ),
    "slot": Check(
        Meaning("卡槽里现在是这张卡（空为无卡）", "this card is in the slot now, none where it is empty"),
        _slot,
        {"slot": "slot", "card": "card"},
        ("slot", "card"),
    ),
    "inserted": Check(
        Meaning("插过这张卡", "this card was put in"), _inserted, {"card": "card"}, ("card",)
    ),
    "item": Check(
        Meaning("卡上数据项为此值", "an item on the card has this value"),
        _item,
        {"card": "card", "item": "item", "value": "text"},
        ("card", "item", "value"),
    ),
    "entry": Check(
        Meaning("卡上过敏或接种列表有此项", "a list on the card has such an entry"),
        _entry,
        {"card": "card", "collection": "collection", "item": "item", "value": "text"},
        ("card", "collection", "item", "value"),
    ),
    "visits_added": Check(
        Meaning("卡上多了这么多条有效就诊记录", "so many valid visit records came onto the card"),
        _visits_added,
        {"card": "card", "kind": "visit", "count": "count", "signed": "flag"},
        ("card", "kind"),
    ),
    "records_agree": Check(
        Meaning("医院登记与卡一致", "the hospital's records agree with the card"),
        _records_agree,
        {"card": "card"},
        ("card",),
    ),
    "answer": Check(
        Meaning("问题答对", "a question was answered rightly"),
        _answer,
        {"question": "both", "choices": "choices", "right": "count", "accept": "texts", "card": "card",
         "item": "item"},
        ("question",),
    ),
    "pin": Check(
        Meaning("卡接受此持卡人密码", "the card takes this holder's PIN"),
        _pin,
        {"card": "card", "pin": "text"},
        ("card", "pin"),
    ),
    "application": Check(
        Meaning("登记库有这样一件申领", "the registry has such an application"),
        _in_registry(office_checks.has_application),
        {"state": "text", "business": "text", "under": "count", "guardian": "flag",
         "document_number": "text"},
    ),
    "held_back": Check(
        Meaning("申领被此规则拦住过", "an application was held back by this rule"),
        _held_back,
        {"rule": "text"},
        ("rule",),
    ),
    "office_card": Check(
        Meaning("登记库有这样一张卡，卡内容与之相符", "the registry has such a card, its chip says the same"),
        _office_card,
        {"state": "text", "chip": "card", "replaces": "text", "document_number": "text"},
        ("state",),
    ),
    "event": Check(
        Meaning("登记库记下此卡的这件事", "the registry has this event of a card"),
        _in_registry(office_checks.has_event),
        {"chip": "card", "action": "text"},
        ("action",),
    ),
}  # fmt: skip
"""All checks by name."""
