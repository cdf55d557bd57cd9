"""What is printed on paper: forms, slips and reports as plain values. They know no database.

Whoever fills them gives numbers in full; slips mask them when they are printed. Texts have at most
`LONGEST_TEXT` characters. Times are printed as they are given. An `environment` other than PROD puts the mark
TEST onto every page. Words from a code table come as `Meaning`, in both languages; `card_face.meaning` finds
those of the data items.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import Enum

from card_os.spec.model import Meaning

LONGEST_TEXT = 200
MOST_ROWS = 2000
"""Rows of a table in one document."""
CHECK_VALUE_BYTES, DIGEST_BYTES = 3, 32


class ApplicationKind(Enum):
    """Why a card is applied for."""

    FIRST = Meaning("首次申领", "first card")
    REPLACEMENT = Meaning("补领、换领", "replacement")


class LossKind(Enum):
    """How a loss was reported.  # spec: issuance_and_ecard A.5"""

    ORAL = Meaning("口头挂失", "oral report")
    FORMAL = Meaning("正式挂失", "formal report")


class CardPart(Enum):
    """What of a card is reported lost: on a card that is a bank card, too, the two parts go apart."""

    WHOLE = Meaning("整卡", "whole card")
    HEALTH = Meaning("健康应用", "health part")
    BANK = Meaning("金融应用", "bank part")


class BatchMode(Enum):
    """How the cards of a batch were applied for.  # spec: issuance_and_ecard A.4"""

    BATCH = Meaning("批量", "batch")
    SINGLE = Meaning("单个", "single")
    INSTANT = Meaning("即时制卡", "instant issue")


class Hop(Enum):
    """Who a batch is sent to and comes back from.  # spec: issuance_and_ecard A.3"""

    BANK = Meaning("银行开户", "bank")
    MAKER = Meaning("卡片生产", "card maker")
    PERSONALISATION = Meaning("个人化", "personalisation")
    OUTLET = Meaning("发放网点", "outlet")


class CeremonyKind(Enum):
    """What a ceremony was held for."""

    ROOT = Meaning("根密钥生成", "generation of the root keys")
    EXPORT = Meaning("密钥下发", "export of keys")
    IMPORT = Meaning("密钥导入", "import of keys")
    ROTATION = Meaning("密钥版本更换", "rotation to the next key version")
    SHARES = Meaning("恢复份额分发", "handing out of recovery shares")
    RECOVERY = Meaning("密钥恢复", "recovery of keys")
    DESTRUCTION = Meaning("密钥销毁", "destruction of keys")


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A person whom the holder names."""

    name: str = field(repr=False)
    relation: Meaning = field(repr=False)
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Guardian:
    """Who applies for a holder under 16."""

    name: str = field(repr=False)
    relation: Meaning = field(repr=False)
    id_document_type: Meaning = field(repr=False)
    id_document_number: str = field(repr=False)
    phone: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationForm:
    """An application, to be signed. What is None stays a blank to be written into.

    `photo` is a JPEG of at most 1 MB; without it the form has a frame for a print. The number of the document
    stands in full, because the applicant signs for it.
    """

    environment: str
    application_number: str
    kind: ApplicationKind
    applied_on: date
    issuer_name: str
    collection_point: str
    holder_name: str = field(repr=False)
    holder_name_pinyin: str | None = field(default=None, repr=False)
    sex: Meaning | None = field(default=None, repr=False)
    ethnic_group: Meaning | None = field(default=None, repr=False)
    birth_date: date | None = field(default=None, repr=False)
    nationality: str | None = field(default=None, repr=False)
    id_document_type: Meaning | None = field(default=None, repr=False)
    id_document_number: str | None = field(default=None, repr=False)
    phone: str | None = field(default=None, repr=False)
    medical_payment_method: Meaning | None = field(default=None, repr=False)
    registered_address: str | None = field(default=None, repr=False)
    present_address: str | None = field(default=None, repr=False)
    contact: Contact | None = field(default=None, repr=False)
    guardian: Guardian | None = field(default=None, repr=False)
    photo: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PickUpSlip:
    """With it a holder fetches the card, and signs on it for having got it."""

    environment: str
    slip_number: str
    application_number: str
    issuer_name: str
    outlet_name: str
    outlet_address: str
    opening_hours: str
    ready_on: date
    keep_until: date
    holder_name: str = field(repr=False)
    id_document_type: Meaning = field(repr=False)
    id_document_number: str = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class LossSlip:
    """Says that a card was reported lost; without its number the loss cannot be undone.

    `ends_at` is when an oral report ends by itself, None for a formal one. `agent_name` is who came for the
    holder, None where the holder came.  # spec: issuance_and_ecard A.5
    """

    environment: str
    slip_number: str
    kind: LossKind
    part: CardPart
    issuer_name: str
    office_name: str
    operator: str
    reported_at: datetime
    ends_at: datetime | None
    card_number: str = field(repr=False)
    holder_name: str = field(repr=False)
    id_document_type: Meaning = field(repr=False)
    id_document_number: str = field(repr=False)
    agent_name: str | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchHop:
    """One way out and back, in lines; `digest` is that of the answer, 32 bytes, None until there is one."""

    hop: Hop
    file_name: str
    sent_at: datetime
    sent: int
    answered_at: datetime | None = None
    done: int = 0
    failed: int = 0
    waste: int = 0
    digest: bytes | None = None

    @property
    def open(self) -> int:
        """Lines that are still out; below zero where more came back than went out."""
        return self.sent - self.done - self.failed - self.waste


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchProblem:
    """A line that is no card: its number in the batch, where it failed, and why; nothing of the person."""

    line: int
    hop: Hop
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchReport:
    """How a batch adds up: what came in is made, failed, waste or still open.

    A report whose counts do not add up is printed all the same, and says so.
    """

    environment: str
    batch_number: str
    issuer_name: str
    mode: BatchMode
    created_at: datetime
    closed_at: datetime | None
    reported_at: datetime
    received: int
    made: int
    failed: int
    waste: int
    open: int
    hops: tuple[BatchHop, ...] = ()
    problems: tuple[BatchProblem, ...] = ()

    @property
    def difference(self) -> int:
        """Lines that are not accounted for: 0 where the batch adds up."""
        return self.received - self.made - self.failed - self.waste - self.open


@dataclass(frozen=True, slots=True, kw_only=True)
class Participant:
    """Who took part in a ceremony, and as what."""

    name: str = field(repr=False)
    role: Meaning
    organisation: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CeremonyStep:
    """What two operators did; `audit_row` is the number of its row in the audit chain."""

    at: datetime
    action: Meaning
    operators: tuple[str, str]
    audit_row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CeremonyKey:
    """A key that a ceremony was about, by its check value of 3 bytes: what is longer is never printed."""

    name: str
    version: int
    holder: str
    check_value: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class CeremonyRecord:
    """The record of a key ceremony, to be signed by all who took part.

    `audit_digest` is the digest of the last audit row, 32 bytes: it ties the paper to the audit chain.
    """

    environment: str
    ceremony_number: str
    kind: CeremonyKind
    issuer_name: str
    place: str
    began_at: datetime
    ended_at: datetime
    participants: tuple[Participant, ...]
    steps: tuple[CeremonyStep, ...]
    keys: tuple[CeremonyKey, ...]
    audit_digest: bytes
    remark: str = ""
