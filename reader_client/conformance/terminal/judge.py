"""The judgement: every exchange of a terminal under the rules of `rules.csv`."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

from card_os.iso7816.apdu import ApduFormatError, CommandApdu
from card_os.iso7816.status import SW, tries_left
from card_os.spec.access import NEVER, AccessRule
from card_os.spec.model import CommandSpec, FileKind, FileSpec, LifeCycle, Meaning, Profile, Protection
from reader_client.conformance.exchange import CARD, SAM, Exchange
from reader_client.conformance.terminal.following import CardSeen, accepted
from reader_client.conformance.terminal.sam_side import TOO_OFTEN, Computed, SamSide

_READS = ("read_binary", "read_record")
_UPDATES = ("update_binary", "update_record", "append_record")
_MARKS = {"write_record": b"\x00", "erase_record": b"\xff"}
_PINS = ("verify", "change_pin", "reload_pin", "pin_unblock")
_PROTECTED_CLASS = 0x04


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule for terminals; `severe` where breaking it is wrong and not only unwise."""

    id: str
    title: Meaning
    broken: Meaning
    source: str
    severe: bool


@dataclass(frozen=True, slots=True)
class Break:
    """A rule that was broken: by which exchange (from 1) of the card or the SAM."""

    rule: Rule
    who: str
    number: int


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came out: how often each rule was looked at, and where it was broken."""

    checked: Mapping[str, int]
    breaks: tuple[Break, ...]
    exchanges: int

    @property
    def violations(self) -> tuple[Break, ...]:
        """What is wrong."""
        return tuple(one for one in self.breaks if one.rule.severe)

    @property
    def remarks(self) -> tuple[Break, ...]:
        """What is unwise, or unusual."""
        return tuple(one for one in self.breaks if not one.rule.severe)

    @property
    def passed(self) -> bool:
        """Whether there was something to judge and nothing wrong."""
        return bool(self.exchanges) and not self.violations


@cache
def rules() -> Mapping[str, Rule]:
    """The rules by id."""
    text = (files("reader_client.conformance.terminal") / "rules.csv").read_text("utf-8")
    return {
        row["id"]: Rule(
            row["id"],
            Meaning(row["chinese"], row["english"]),
            Meaning(row["violation_chinese"], row["violation_english"]),
            row["source"],
            row["severity"] == "violation",
        )
        for row in csv.DictReader(io.StringIO(text))
    }


def judged(exchanges: Sequence[Exchange], profile: Profile) -> Verdict:
    """Judge a terminal in front of an issued card of a profile; exchanges of card and SAM may come mixed."""
    judgement = _Judgement(profile)
    by_who = {who: [one for one in exchanges if one.who == who] for who in (CARD, SAM)}
    judgement.sam = SamSide(
        by_who[SAM],
        lambda rule, number: judgement.check(rule),
        lambda rule, number: judgement.break_(rule, SAM, number),
    )
    for number, exchange in enumerate(by_who[CARD], start=1):
        judgement.take(number, exchange)
    return Verdict(judgement.checked, tuple(judgement.breaks), len(exchanges))


@dataclass(slots=True)
class _Judgement:
    profile: Profile
    card: CardSeen = field(init=False)
    sam: SamSide | None = None
    checked: dict[str, int] = field(default_factory=dict)
    breaks: list[Break] = field(default_factory=list)
    failed_in_a_row: dict[str, int] = field(default_factory=dict)
    due_again: CommandApdu | None = None
    number: int = 0

    def __post_init__(self) -> None:
        self.card = CardSeen(self.profile)

    def check(self, rule: str, *, broken: bool = False) -> None:
        """A rule is looked at, at the exchange of now."""
        self.checked[rule] = self.checked.get(rule, 0) + 1
        if broken:
            self.break_(rule, CARD, self.number)

    def break_(self, rule: str, who: str, number: int) -> None:
        """A rule is broken."""
        self.breaks.append(Break(rules()[rule], who, number))

    def take(self, number: int, exchange: Exchange) -> None:
        """One exchange with the card."""
        self.number = number
        if not exchange.command:
            self.card.reset(exchange.response)
            return
        try:
            apdu = CommandApdu.parse(exchange.command + bytes(exchange.masked))
        except ApduFormatError:
            self.check("T22", broken=True)
            return
        sw, data = int.from_bytes(exchange.response[-2:], "big"), exchange.response[:-2]
        self._again(apdu, sw)
        spec = self.profile.command_of(apdu.ins, apdu.p1)
        self.check("T22", broken=spec is None or apdu.cla not in spec.classes)
        if spec is not None:
            self._known(spec, apdu, data, sw)

    def _again(self, apdu: CommandApdu, sw: int) -> None:
        """After 6Cxx the same command comes with the Le that it named."""
        if self.due_again is not None:
            due, self.due_again = self.due_again, None
            self.check("T19", broken=(apdu.header, apdu.le) != (due.header, due.le))
        if sw & 0xFF00 == SW.WRONG_LE:
            le = (sw & 0xFF) or 256
            self.due_again = CommandApdu(apdu.cla, apdu.ins, apdu.p1, apdu.p2, apdu.data, le)

    def _known(self, spec: CommandSpec, apdu: CommandApdu, data: bytes, sw: int) -> None:
        card = self.card
        if spec.name == "select":
            card.selected(self._selected(apdu) if accepted(sw) else None)
            return
        if spec.name == "get_challenge" and sw == SW.OK:
            card.drawn(data)
        elif spec.name == "external_authenticate":
            self._authenticate(apdu, sw)
        elif spec.name in (*_READS, *_UPDATES, *_MARKS):
            self._file_command(spec, apdu, data, sw)
        elif spec.name in _PINS:
            self.check("T17", broken=True)

    def _selected(self, apdu: CommandApdu) -> FileSpec | None:
        if apdu.p1 == 0x04:
            return next(
                (f for f in self.profile.files.values() if f.df_name and f.df_name == apdu.data), None
            )
        return self.card.found(int.from_bytes(apdu.data, "big") if apdu.data else 0x3F00)

    # --- authentication ---------------------------------------------------------------------------------

    def _authenticate(self, apdu: CommandApdu, sw: int) -> None:
        card, key = self.card, self.card.key(apdu.p2)
        self.check("T01", broken=not card.province)
        self._challenge_used(self.sam.by_value(apdu.data[:8]) if self.sam else None)
        if key is None:
            return
        self.check("T11")
        if sw == SW.OK:
            self.failed_in_a_row[key.name] = 0
            card.rights.add(key.name)
        elif tries_left(sw) is not None or sw == SW.METHOD_BLOCKED:
            card.rights.discard(key.name)
            self.failed_in_a_row[key.name] = self.failed_in_a_row.get(key.name, 0) + 1
            if self.failed_in_a_row[key.name] >= TOO_OFTEN:
                self.break_("T11", CARD, self.number)

    def _challenge_used(self, computed: Computed | None) -> None:
        """A challenge serves once; where the SAM's trace tells which one it got, it must be the last."""
        card = self.card
        self.check("T03", broken=not card.fresh)
        card.fresh = False
        if computed is None:
            return
        self.check("T04", broken=computed.challenge not in card.challenges[-1:])
        if card.factor:
            self.check("T15", broken=computed.card != card.factor)
        if card.province and computed.province:
            self.check("T16", broken=computed.province != card.province)

    # --- files ------------------------------------------------------------------------------------------

    def _file_command(self, spec: CommandSpec, apdu: CommandApdu, data: bytes, sw: int) -> None:
        card = self.card
        self.check("T02", broken=card.stranded)
        file = self._file(spec, apdu)
        if card.stranded or file is None:
            return
        if spec.name in _READS:
            self.check("T05", broken=sw == SW.SECURITY_STATUS and not self._held(file.read))
            if sw == SW.OK:
                card.read(apdu, data)
            return
        rule = {"write_record": file.set_valid, "erase_record": file.erase}.get(spec.name, file.update)
        self.check("T06", broken=sw == SW.SECURITY_STATUS and not self._held(rule))
        protected = bool(apdu.data) and bool(apdu.cla & _PROTECTED_CLASS)
        if spec.name in _MARKS:
            self._mark(file, apdu, _MARKS[spec.name], sw)
        else:
            self._update(spec, file, apdu, sw, protected=protected)
        if protected:
            self._challenge_used(self.sam.by_mac(apdu.data[-4:]) if self.sam else None)

    def _file(self, spec: CommandSpec, apdu: CommandApdu) -> FileSpec | None:
        """The EF that a command means: the current one, or that of a short identifier."""
        card, sfi = self.card, 0
        if spec.name in ("read_binary", "update_binary") and apdu.p1 & 0x80:
            sfi = apdu.p1 & 0x1F
        elif spec.name in ("read_record", "append_record"):
            sfi = apdu.p2 >> 3
        if sfi:
            files = self.profile.files.values()
            card.ef = next((f for f in files if f.parent == card.df.path and f.sfi == sfi), card.ef)
        return card.ef

    def _held(self, rule: AccessRule) -> bool:
        return rule.allows(self.card.rights, LifeCycle.ISSUED)

    def _mark(self, file: FileSpec, apdu: CommandApdu, flag: bytes, sw: int) -> None:
        if not apdu.data:
            self.check("T07", broken=not self.profile.options.get(file.plain_if, False))
        if sw == SW.OK:
            self.card.marked(apdu.p1, flag)

    def _update(
        self, spec: CommandSpec, file: FileSpec, apdu: CommandApdu, sw: int, *, protected: bool
    ) -> None:
        if not apdu.data:
            self.check("T21", broken=True)
            return
        if protected:
            if file.protection is Protection.REQUIRED:
                self.check("T07")
            self.check("T08", broken=file.protection is Protection.NONE)
            self.check("T09", broken=len(apdu.data) % 16 != 4)
            return
        free = file.set_valid == NEVER and self.profile.options.get(file.plain_if, False)
        self.check("T07", broken=file.protection is Protection.REQUIRED and not free)
        if file.kind is FileKind.LINEAR_TLV and spec.name == "update_record":
            self._tlv(file, apdu)
        if spec.name == "update_binary" and sw == SW.OK:
            self._visit(file)

    def _tlv(self, file: FileSpec, apdu: CommandApdu) -> None:
        items = [item for item in self.profile.items_of(file) if item.record == apdu.p1]
        right = any(
            apdu.data[:2] == bytes((i.tag or 0, i.length)) and len(apdu.data) == i.length + 2 for i in items
        )
        self.check("T10", broken=not right)

    def _visit(self, file: FileSpec) -> None:
        """EE0n and ED0n belong to record n of the index EF05 or EF06.  # spec: terminal_interface 4.6"""
        kind, number = file.fid >> 8, file.fid & 0xFF
        index = {0xEE: "EF05", 0xED: "EF06"}.get(kind)
        if index is not None:
            flag = self.card.flags.get((f"{file.parent}/{index}", number))
            self.check("T20", broken=flag == b"\x00")
