"""A report as JUnit XML, which every CI shows: a suite for each group, a test for each case."""

from __future__ import annotations

from collections.abc import Sequence
from xml.etree import ElementTree as ET

from language import current
from reader_client.conformance.report.document import Document
from reader_client.conformance.result import Outcome


def junit(report: Document) -> bytes:
    """UTF-8 XML in the reader's language."""
    root = ET.Element("testsuites", {"name": report["format"], **_totals(report["cases"])})
    groups: dict[str, list[Document]] = {}
    for row in report["cases"]:
        groups.setdefault(row["id"][0], []).append(row)
    for group, rows in groups.items():
        named = {"name": f"conformance.{group}", "timestamp": report["environment"]["time"]}
        suite = ET.SubElement(root, "testsuite", {**named, **_totals(rows)})
        properties = ET.SubElement(suite, "properties")
        for name in ("profile", "variant", "atr", "factor"):
            ET.SubElement(properties, "property", name=f"card.{name}", value=str(report["card"][name]))
        for row in rows:
            _case(suite, row)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="utf-8", xml_declaration=True)
    return text + b"\n"


def _totals(rows: Sequence[Document]) -> dict[str, str]:
    outcomes = [row["outcome"] for row in rows]
    return {
        "tests": str(len(rows)),
        "failures": str(outcomes.count(Outcome.FAILED)),
        "errors": str(outcomes.count(Outcome.ERROR)),
        "skipped": str(outcomes.count(Outcome.SKIPPED)),
        "time": f"{sum(row['seconds'] for row in rows):.3f}",
    }


def _case(suite: ET.Element, row: Document) -> None:
    language = current()
    test = ET.SubElement(
        suite,
        "testcase",
        classname=f"conformance.{row['id'].partition('-')[0]}",
        name=f"{row['id']} {row['title'][language]}",
        time=f"{row['seconds']:.6f}",
    )
    outcome = row["outcome"]
    if outcome == Outcome.SKIPPED:
        ET.SubElement(test, "skipped", message=row["reason"][language])
    elif outcome == Outcome.ERROR:
        ET.SubElement(test, "error", message=row["reason"][language]).text = _trace(row, language)
    elif outcome == Outcome.FAILED:
        found = row["finding"]
        message = f"{found['line']}: {found['expected'][language]} / {found['actual'][language]}"
        ET.SubElement(test, "failure", message=message).text = _trace(row, language)


def _trace(row: Document, language: str) -> str:
    lines = [row["source"]]
    for exchange in row["exchanges"]:
        command = exchange["command"] or "RESET"
        lines.append(
            f"{exchange['who']:<4} {command} -> {exchange['response']}  {exchange['words'][language]}"
        )
    return "\n".join(lines)
