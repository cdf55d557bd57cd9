"""The partners of an issuer, simulated: bank, chip maker, personalisation centre and outlet.

Each reads real exchange files with its own key and writes real ones; what goes wrong at it is told
beforehand, by lines or by chips. Their keys are published, made from their names, and protect nothing; chips
are blank test chips; accounts belong to no bank.
# spec: issuance_and_ecard A.2, A.3 [I]
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import ClassVar

from card_os.crypto import sm2, sm2_curve
from card_os.crypto.sm3 import sm3
from card_os.spec.errors import PlainError
from card_os.spec.loader import load
from issuer.batches.exchange.file import (
    Correspondent,
    ExchangeFile,
    Head,
    Row,
    read_file,
    write_file,
)
from issuer.batches.exchange.kinds import PartnerKind
from issuer.batches.exchange.text import parse
from issuer.batches.partners import NewPartner
from issuer.batches.terms import key_set, keys_now
from issuer.keys.certificates import EXCHANGE_KEY
from issuer.keys.custodian import Custodian, EnvelopeError, KeyRef
from issuer.keys.key_set import KeyVersions
from issuer.keys.test_custodian import ENVIRONMENT
from issuer.personalisation.card_script import PROFILE, personalise_card
from issuer.personalisation.chip import PersonalisationError
from issuer.personalisation.issuance import IssuerSettings, expiry_of
from issuer.personalisation.record import read_record
from lab.chip_store import ChipStore


class CentreSettingsError(PlainError):
    """A centre that was told other years of validity than the issuer works with."""

    template = "the centre has other settings than the issuer"


class PublishedPartnerKeys:
    """The published exchange key of a partner: SM3("residents-health-card test partner NAME") as a number."""

    def __init__(self, name: str) -> None:
        number = int.from_bytes(sm3(f"residents-health-card test partner {name}".encode()), "big")
        self._private = (number % (sm2_curve.N - 2) + 1).to_bytes(sm2.PRIVATE_KEY_LENGTH, "big")
        self._public = sm2.public_key(self._private)

    def public_key(self, key: KeyRef) -> bytes:
        """See ExchangeKeys."""
        return self._public

    def sign(self, key: KeyRef, digest: bytes) -> bytes:
        """See ExchangeKeys."""
        return sm2.sign_digest(self._private, digest)

    def open_envelope(self, key: KeyRef, cryptogram: bytes) -> bytes:
        """See ExchangeKeys."""
        try:
            return sm2.decrypt(self._private, cryptogram)
        except sm2.Sm2EnvelopeError:
            raise EnvelopeError from None


@dataclass
class Partner:
    """What all partners do: read a file of the issuer and answer it, the same when it comes again."""

    kind: ClassVar[PartnerKind]
    name: str
    issuer: Correspondent
    environment: str = ENVIRONMENT
    _seqs: Counter[tuple[str, str]] = field(default_factory=Counter, init=False, repr=False)
    _answered: dict[bytes, list[bytes]] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        self.keys = PublishedPartnerKeys(self.name)

    @property
    def introduction(self) -> NewPartner:
        """How the issuer is told of this partner."""
        return NewPartner(self.name, self.kind, f"模拟{self.name}", self.keys.public_key(EXCHANGE_KEY))

    def answer(self, raw: bytes) -> list[bytes]:
        """The files that come back for one of the issuer; raises ExchangeRefusedError."""
        file = self.read(raw)
        if file.digest not in self._answered:
            self._answered[file.digest] = [
                self.write(file.head, kind, rows) for kind, rows in self._answers(file) if rows
            ]
        return self._answered[file.digest]

    def named_answers(self, raw: bytes) -> list[tuple[str, bytes]]:
        """The same, each file with its name."""
        found = []
        for content in self.answer(raw):
            values = parse(content).values
            found.append((f"{values['batch']}.{values['kind']}.{values['seq']}.{self.name}.txt", content))
        return found

    def go_on(self, batch: str, names: Iterable[str]) -> None:
        """Count files that were written before, by their names: BATCH.KIND.SEQ.NAME.txt."""
        for name in names:
            kind, _, rest = name.removeprefix(f"{batch}.").partition(".")
            seq = int(rest.partition(".")[0])
            self._seqs[batch, kind] = max(self._seqs[batch, kind], seq)

    def read(self, raw: bytes) -> ExchangeFile:
        """Check and open a file of the issuer."""
        known = {self.issuer.name: self.issuer}
        return read_file(raw, environment=self.environment, keys=self.keys, sender=known.get)

    def write(self, request: Head, kind: str, rows: Sequence[Row]) -> bytes:
        """The next file of a kind for the batch of a request."""
        self._seqs[request.batch, kind] += 1
        seq = self._seqs[request.batch, kind]
        now = datetime.now(UTC)
        head = Head(kind, request.batch, seq, self.name, request.sender, now, request.environment)
        return write_file(head, rows, self.keys, self.issuer.public_key)

    def _answers(self, file: ExchangeFile) -> Iterable[tuple[str, Sequence[Row]]]:
        raise NotImplementedError


@dataclass
class Bank(Partner):
    """Opens accounts, but for the lines that it refuses; answers in `parts` files."""

    kind: ClassVar[PartnerKind] = PartnerKind.BANK
    no_account: Collection[int] = ()
    mismatch: Collection[int] = ()
    parts: int = 1

    def _answers(self, file: ExchangeFile) -> Iterable[tuple[str, Sequence[Row]]]:
        rows = [self._told(file.head, row) for row in file.rows]
        size = -(-len(rows) // self.parts)
        return [("ACC-RSP", rows[at : at + size]) for at in range(0, len(rows), size)]

    def _told(self, head: Head, row: Row) -> Row:
        said = {"line": row["line"], "application": row["application"]}
        if row["line"] in self.no_account:
            return {**said, "result": "none", "fault": "客户未签约"}
        if row["line"] in self.mismatch:
            return {**said, "result": "mismatch", "fault": "姓名与证件不符"}
        # 19 digits that begin as no account of a bank does
        number = int.from_bytes(sm3(f"{head.batch} {row['line']!s}".encode())[:5], "big")
        return {**said, "result": "has_account", "account": f"999999{number:013d}"}


@dataclass
class Maker(Partner):
    """Makes blank chips into a store; every `waste_every`-th one is spoilt, 0 for none."""

    kind: ClassVar[PartnerKind] = PartnerKind.MAKER
    store: ChipStore = field(kw_only=True)
    failed: Collection[int] = ()
    abnormal: Collection[int] = ()
    waste_every: int = 0
    _made: int = field(default=0, init=False)
    _last: int = field(default=0, init=False)

    def __post_init__(self) -> None:
        self._last = self.store.last_number()
        super().__post_init__()

    def _answers(self, file: ExchangeFile) -> Iterable[tuple[str, Sequence[Row]]]:
        rows: list[Row] = []
        for row in file.rows:
            if row["line"] in self.failed:
                rows.append({"line": row["line"], "result": "failed", "fault": "卡体印刷不良"})
            elif row["line"] in self.abnormal:
                rows.append({"line": row["line"], "result": "abnormal", "fault": "待确认"})
            else:
                rows += self._chip(row)
        return [("PRD-RSP", rows)]

    def _chip(self, row: Row) -> Iterable[Row]:
        self._made += 1
        self._last += 1
        if self.waste_every and self._made % self.waste_every == 0:
            yield {"line": 0, "result": "waste", "chip_serial": f"{self._last:010d}", "fault": "无复位应答"}
            self._last += 1
        serial, atr = self.store.make(self._last)
        yield {
            "line": row["line"],
            "result": "made" if row["line"] else "spare",
            "chip_serial": serial,
            "atr": atr,
        }


@dataclass
class Centre(Partner):
    """Personalises chips of a store with keys of a custodian; a chip that refuses is waste, spares serve."""

    kind: ClassVar[PartnerKind] = PartnerKind.CENTRE
    store: ChipStore = field(kw_only=True)
    custodian: Custodian = field(kw_only=True, repr=False)
    settings: IssuerSettings = field(kw_only=True)

    def _answers(self, file: ExchangeFile) -> Iterable[tuple[str, Sequence[Row]]]:
        spares = [str(row["chip_serial"]) for row in file.rows if row["use"] == "spare"]
        rows: list[Row] = []
        for row in file.rows:
            if row["use"] == "card":
                rows += self._line(row, spares)
        rows += [{"line": 0, "result": "unused", "chip_serial": serial} for serial in spares]
        return [("PER-RSP", rows)]

    def _line(self, row: Row, spares: list[str]) -> Iterable[Row]:
        line, serial = row["line"], str(row["chip_serial"])
        versions = KeyVersions(int(str(row["current"])), tuple(map(int, str(row["versions"]).split())))
        keys = key_set(keys_now(self.custodian, versions))
        if keys != row["keys"]:
            yield {"line": line, "result": "key_error", "fault": "密钥组不符"}
            yield {"line": line, "result": "unused", "chip_serial": serial}
            return
        while (fault := self._personalise(row, serial, versions)) is not None:
            if not isinstance(fault, PersonalisationError):
                yield {"line": line, "result": "data_error", "fault": type(fault).__name__}
                yield {"line": line, "result": "unused", "chip_serial": serial}
                return
            told = f"{fault.fields['command']} {fault.fields['sw']}"
            yield {"line": line, "result": "waste", "chip_serial": serial, "fault": told}
            if not spares:
                yield {"line": line, "result": "key_error", "fault": told}
                return
            serial = spares.pop(0)
        yield {"line": line, "result": "finished", "chip_serial": serial, "keys": keys}

    def _personalise(self, row: Row, serial: str, versions: KeyVersions) -> PlainError | None:
        """Make the card of a row on a chip; what went wrong, None for nothing."""
        profile = load(PROFILE)
        photo, issued_on = row["photo"], row["issued_on"]
        if not isinstance(issued_on, date) or expiry_of(self.settings, issued_on) != row["expires_on"]:
            return CentreSettingsError()
        try:
            raw = json.dumps(row["record"], ensure_ascii=False).encode()
            record = read_record(profile, raw, photo if isinstance(photo, bytes) else None)
            with self.store.open(serial) as opened:
                personalise_card(
                    opened.transmit,
                    opened.atr,
                    record,
                    settings=self.settings,
                    custodian=self.custodian,
                    issue_date=issued_on,
                    versions=versions,
                )
        except PlainError as error:
            return error
        return None


@dataclass
class Outlet(Partner):
    """Takes cards in; some lines are missing or damaged."""

    kind: ClassVar[PartnerKind] = PartnerKind.OUTLET
    missing: Collection[int] = ()
    damaged: Collection[int] = ()

    def _answers(self, file: ExchangeFile) -> Iterable[tuple[str, Sequence[Row]]]:
        if file.head.kind == "DLV":
            yield "DLV-ACK", [self._told(row) for row in file.rows]

    def _told(self, row: Row) -> Row:
        said = {"line": row["line"], "chip_serial": row["chip_serial"]}
        if row["line"] in self.missing:
            return {**said, "result": "missing", "fault": "包裹内缺卡"}
        if row["line"] in self.damaged:
            return {**said, "result": "damaged", "fault": "卡体断裂"}
        return {**said, "result": "received"}
