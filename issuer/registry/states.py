"""Life cycles as tables: what may follow which state, by which action.

A table is `states.csv` beside the code of its room, with the columns `from` (states separated by |, empty for
the beginning), `action`, `to`, `guard`, `effects` and `source`. What is not in the table is refused.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files

from card_os.spec.errors import DeclarationError
from issuer.registry.errors import TransitionRefusedError

FILE = "states.csv"
_COLUMNS = ["from", "action", "to", "guard", "effects", "source"]


@dataclass(frozen=True, slots=True)
class StateTable:
    """The transitions of one kind of thing, which `kind` names in errors: (state, action) -> state."""

    kind: str
    next: Mapping[tuple[str, str], str]

    @classmethod
    def read(cls, package: str, kind: str, file: str = FILE) -> StateTable:
        """The table of a package; raises DeclarationError where it contradicts itself."""
        found: dict[tuple[str, str], str] = {}
        text = (files(package) / file).read_text("utf-8")
        rows = csv.DictReader(io.StringIO(text))
        if rows.fieldnames != _COLUMNS:
            raise DeclarationError(file=file, row=1, reason=f"the columns must be {', '.join(_COLUMNS)}")
        for line, row in enumerate(rows, start=2):
            for state in row["from"].split("|"):
                if (state, row["action"]) in found:
                    reason = f"{row['action']} from {state or 'the beginning'} stands twice"
                    raise DeclarationError(file=file, row=line, reason=reason)
                found[state, row["action"]] = row["to"]
        return cls(kind, found)

    @property
    def states(self) -> frozenset[str]:
        """Every state that the table names."""
        return frozenset({state for state, _ in self.next if state} | set(self.next.values()))

    def possible(self, state: str) -> tuple[str, ...]:
        """The actions that a state allows, in order of their names."""
        return tuple(sorted(action for at, action in self.next if at == state))

    def after(self, state: str, action: str, name: str = "") -> str:
        """The state that follows; raises TransitionRefusedError, which says what is possible."""
        following = self.next.get((state, action))
        if following is None:
            possible = ", ".join(self.possible(state)) or "–"
            raise TransitionRefusedError(
                kind=self.kind, name=name, action=action, state=state or "–", possible=possible
            )
        return following
