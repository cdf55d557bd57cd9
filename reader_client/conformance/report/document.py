"""A run as one JSON document, `rhc-conformance/1`; every other report is made from it alone."""

from __future__ import annotations

import json
import platform
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from card_os.crypto.sm3 import sm3
from card_os.spec.model import Meaning, Profile
from reader_client.conformance.catalogue import items
from reader_client.conformance.exchange import Exchange
from reader_client.conformance.model import Case
from reader_client.conformance.report.hiding import shown
from reader_client.conformance.result import CaseResult, Identity, Outcome

FORMAT = "rhc-conformance/1"
DISTRIBUTION = "residents-health-card"
Document = dict[str, Any]
# words for the exchanges of one case, in their order and in both languages
Explain = Callable[[Sequence[Exchange]], Sequence[Meaning]]


def explain_nothing(exchanges: Sequence[Exchange]) -> Sequence[Meaning]:
    """No words."""
    return [Meaning("", "")] * len(exchanges)


@dataclass(frozen=True, slots=True)
class About:
    """What a report says besides its results.

    `selected` is how cases were chosen, in the words of the command line. `with_data` lets what stands on the
    card into the report; PINs and keys stay out anyway. `all_exchanges` tells those of cases that
    passed, too.
    """

    profile: Profile
    reader: str = ""
    sam_reader: str = ""
    selected: Mapping[str, Any] = field(default_factory=dict)
    with_data: bool = False
    all_exchanges: bool = False
    explain: Explain = explain_nothing


def suite_digest(cases: Iterable[Case]) -> str:
    """SM3 over ids and steps of all cases, in hex: which suite it was."""
    text = "\n".join(
        "\n".join((case.id, *case.lines, *(step.line for step in case.restore))) for case in cases
    )
    return sm3(text.encode("utf-8")).hex()


def suite_version() -> str:
    """The version of this project, empty where it is not installed."""
    try:
        return version(DISTRIBUTION)
    except PackageNotFoundError:
        return ""


def case_row(result: CaseResult, about: About) -> Document:
    """One case; its exchanges where it failed or could not be played to its end, or where all are wanted."""
    case = result.case
    row: Document = {
        "id": case.id,
        "title": both(case.title),
        "source": case.source,
        "certainty": case.certainty.value,
        "needs": sorted(need.value for need in case.needs),
        "outcome": result.outcome.value,
        "seconds": round(result.seconds, 6),
    }
    if result.reason is not None:
        row["reason"] = both(result.reason)
    if result.finding is not None:
        found = result.finding
        row["finding"] = {
            "step": found.step,
            "line": found.line,
            "expected": both(found.expected),
            "actual": both(found.actual),
        }
    if result.measured:
        row["measured"] = {name: float(f"{value:.6g}") for name, value in result.measured.items()}
    if result.outcome in (Outcome.FAILED, Outcome.ERROR) or (about.all_exchanges and result.exchanges):
        row["steps"] = list(case.lines)
        row["exchanges"] = _exchanges(result.exchanges, about)
    return row


def document(
    rows: Sequence[Document],
    identity: Identity,
    cases: Sequence[Case],
    about: About,
    *,
    seconds: float,
    stopped: Meaning | None = None,
) -> Document:
    """The whole report, unsigned; `rows` are those of the cases that were played, `cases` the whole suite."""
    return {
        "format": FORMAT,
        "suite": {
            "version": suite_version(),
            "cases": len(cases),
            "digest": suite_digest(cases),
        },
        "card": _card(identity, about.profile),
        "environment": {
            "time": datetime.now(UTC).isoformat(timespec="seconds"),
            "python": platform.python_version(),
            "system": f"{platform.system()} {platform.machine()}",
            "reader": about.reader,
            "sam_reader": about.sam_reader,
        },
        "selected": dict(about.selected),
        "seconds": round(seconds, 3),
        "stopped": both(stopped) if stopped else None,
        "summary": _counts(rows),
        "items": _items(rows),
        "cases": list(rows),
    }


def canonical(report: Document) -> bytes:
    """The bytes that are signed: everything but the signature, keys in order, no spaces."""
    body = {name: value for name, value in report.items() if name != "signature"}
    return json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode("utf-8")


def both(text: Meaning) -> Document:
    """A text in both languages."""
    return {"zh": text.chinese, "en": text.english}


def _card(identity: Identity, profile: Profile) -> Document:
    return {
        "atr": identity.atr.hex().upper(),
        "factor": identity.factor.hex().upper(),
        "city_code": identity.city_code,
        "spec_version": identity.spec_version,
        "issuer": identity.issuer,
        "profile": profile.name,
        "variant": profile.variant,
        "is_health_card": identity.is_health_card,
        "trouble": both(identity.trouble) if identity.trouble else None,
        "sam_serial": identity.sam_serial,
    }


def _counts(rows: Iterable[Document]) -> Document:
    counted = Counter(row["outcome"] for row in rows)
    return {outcome.value: counted[outcome.value] for outcome in Outcome}


def _items(rows: Sequence[Document]) -> list[Document]:
    """The summary by clause: every item of the list, those without a case among them."""
    by_item: dict[str, list[Document]] = {}
    for row in rows:
        by_item.setdefault(row["id"].partition("-")[0], []).append(row)
    return [
        {
            "id": item.id,
            "title": both(item.title),
            "proves": both(item.proves),
            "source": item.source,
            "covered": item.covered,
            **_counts(by_item.get(item.id, ())),
        }
        for item in items().values()
    ]


def _exchanges(exchanges: Sequence[Exchange], about: About) -> list[Document]:
    told = about.explain(exchanges)
    rows = []
    for exchange, words in zip(exchanges, told, strict=True):
        command, response = shown(exchange, with_data=about.with_data)
        rows.append(
            {
                "who": exchange.who,
                "command": command,
                "response": response,
                "seconds": round(exchange.seconds, 6),
                "words": both(words),
            }
        )
    return rows
