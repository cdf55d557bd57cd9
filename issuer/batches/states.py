"""The life cycles of batches, lines and chips, and what their states are called.

Names are words; the numbers of the system that served as model stand beside them.
# spec: issuance_and_ecard A.5 batch and detail codes
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from types import MappingProxyType

from card_os.spec.errors import DeclarationError
from card_os.spec.model import Meaning
from issuer.registry.states import StateTable

BATCH = StateTable.read(__package__, "batch")
LINE = StateTable.read(__package__, "line", "line_states.csv")
CHIP = StateTable.read(__package__, "chip", "chip_states.csv")
HOPS = ("bank", "maker", "centre", "outlet")
_FILE = "state_names.csv"
_COLUMNS = ["of", "state", "code", "passed", "failed", "open", "chinese", "english", "source"]


@dataclass(frozen=True, slots=True)
class StateName:
    """A state: its code in the model system, and for a line where it has got to.

    `passed` is the last hop that a line has behind it, `failed` the hop at which it failed; `open` lines keep
    their batch from being closed.
    """

    state: str
    code: str
    passed: str
    failed: str
    open: bool
    meaning: Meaning

    def has_passed(self, hop: str) -> bool:
        """Whether a line has this hop behind it."""
        return bool(self.passed) and HOPS.index(self.passed) >= HOPS.index(hop)


@cache
def names(kind: str) -> Mapping[str, StateName]:
    """The states of `batch`, `line` or `chip` by name; raises DeclarationError."""
    rows = csv.DictReader(io.StringIO((files(__package__) / _FILE).read_text("utf-8")))
    if rows.fieldnames != _COLUMNS:
        raise DeclarationError(file=_FILE, row=1, reason=f"the columns must be {', '.join(_COLUMNS)}")
    found: dict[str, StateName] = {}
    for line, row in enumerate(rows, start=2):
        if not {row["passed"], row["failed"]} <= {"", *HOPS}:
            raise DeclarationError(file=_FILE, row=line, reason="an unknown hop")
        if row["of"] == kind:
            meaning = Meaning(row["chinese"], row["english"])
            found[row["state"]] = StateName(
                row["state"], row["code"], row["passed"], row["failed"], row["open"] == "yes", meaning
            )
    table = {"batch": BATCH, "line": LINE, "chip": CHIP}[kind]
    if table.states != found.keys():
        raise DeclarationError(
            file=_FILE, row=0, reason=f"the states of a {kind} are not all named, or too many"
        )
    return MappingProxyType(found)


OUT = {
    "bank": ("BANK_OUT", frozenset({"PLANNED"})),
    "maker": ("FACTORY_OUT", frozenset({"PLANNED", "HAS_ACCOUNT"})),
    "centre": ("PERSO_OUT", frozenset({"MADE"})),
    "outlet": ("PERSO_BACK", frozenset({"SHIPPED"})),
}
"""The state of a batch that is at a hop, and the states of its lines there."""
GIVEN_UP = frozenset({"READY_AGAIN", "RETURNED"})
"""States of lines that have left their batch."""
ARRIVED = frozenset({"AT_OUTLET", "HANDED_OUT", "CAME_BACK"})
"""States of lines whose card has reached its outlet."""
OPEN_LINES = frozenset(name.state for name in names("line").values() if name.open)
