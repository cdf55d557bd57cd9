"""Two reports side by side: which cases came out otherwise."""

from __future__ import annotations

from dataclasses import dataclass

from reader_client.conformance.report.document import Document
from reader_client.conformance.result import Outcome

BAD = (Outcome.FAILED.value, Outcome.ERROR.value)


@dataclass(frozen=True, slots=True)
class Change:
    """A case whose outcome differs; empty where a report does not have it. `title` in both languages."""

    id: str
    before: str
    after: str
    title: Document

    @property
    def worse(self) -> bool:
        """Whether it fails now and did not before."""
        return self.after in BAD and self.before not in BAD


def difference(before: Document, after: Document) -> list[Change]:
    """The changes, in the order of the second report, then what only the first one has."""
    old, new = ({row["id"]: row for row in report["cases"]} for report in (before, after))
    names = [*new, *(name for name in old if name not in new)]
    changes = []
    for name in names:
        was, now = (rows[name]["outcome"] if name in rows else "" for rows in (old, new))
        if was != now:
            changes.append(Change(name, was, now, (new.get(name) or old[name])["title"]))
    return changes
