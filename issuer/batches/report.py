"""What a reconciliation says, as values: counts by hop, chips, outlets, keys, and what does not add up.

Nothing here is personal.  # spec: issuance_and_ecard A.9
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from card_os.spec.errors import Phrase
from language import describe


@dataclass(frozen=True, slots=True)
class HopCount:
    """Lines at one hop: as many came as are through, failed or are still there. `waste` counts chips."""

    hop: str
    partner: str
    came: int
    ok: int
    failed: int
    open: int
    waste: int = 0


@dataclass(frozen=True, slots=True)
class ChipCount:
    """Chips: as many were delivered as are blank, given out, cards, or waste."""

    delivered: int
    blank: int
    planned: int
    made: int
    waste: int

    @property
    def difference(self) -> int:
        """Chips that are not accounted for."""
        return self.delivered - self.blank - self.planned - self.made - self.waste


@dataclass(frozen=True, slots=True)
class OutletCount:
    """Cards at an outlet: as many are there as were delivered, less those handed out and returned."""

    outlet: str
    delivered: int
    handed_out: int
    returned: int
    there: int

    @property
    def difference(self) -> int:
        """Cards that are not accounted for."""
        return self.delivered - self.handed_out - self.returned - self.there


@dataclass(frozen=True, slots=True)
class KeyRow:
    """A key that is on cards of the batch, by the 3-byte check value of its root, and on how many."""

    name: str
    version: int
    check_value: bytes
    cards: int


@dataclass(frozen=True, slots=True)
class FileRow:
    """A file that went out or came in, with what it carried or brought."""

    kind: str
    sender: str
    receiver: str
    seq: int
    lines: int
    at: datetime
    digest: bytes
    results: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """How one batch adds up; `discrepancies` is empty where it does."""

    number: str
    state: str
    county: str
    environment: str
    made_at: datetime
    closed_at: datetime | None
    lines: int
    hops: tuple[HopCount, ...]
    chips: ChipCount
    outlet: OutletCount
    keys: tuple[KeyRow, ...]
    files: tuple[FileRow, ...]
    discrepancies: tuple[Phrase, ...]

    @property
    def adds_up(self) -> bool:
        """Whether nothing is wrong."""
        return not self.discrepancies


@dataclass(frozen=True, slots=True)
class HouseReconciliation:
    """All chips that ever came, and the cards at every outlet."""

    chips: ChipCount
    outlets: tuple[OutletCount, ...]
    discrepancies: tuple[Phrase, ...]

    @property
    def adds_up(self) -> bool:
        """Whether nothing is wrong."""
        return not self.discrepancies


def as_json(report: Reconciliation | HouseReconciliation) -> dict[str, object]:
    """A reconciliation as JSON has it; discrepancies in the reader's language, bytes as hex."""

    def plain(value: object) -> object:
        match value:
            case bytes():
                return value.hex().upper()
            case datetime():
                return value.isoformat()
            case Phrase():
                return describe(value)
            case Mapping():
                return {str(name): plain(each) for name, each in value.items()}
            case list() | tuple():
                return [plain(each) for each in value]
        return value

    found = plain(asdict(report))
    assert isinstance(found, dict)  # noqa: S101  for the type: a report has fields
    return {**found, "adds_up": report.adds_up}
