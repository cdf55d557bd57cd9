"""Reports in files: JSON, JUnit XML, the HTML page and the badge, each by its name."""

from __future__ import annotations

import json
from pathlib import Path

from language import cause
from reader_client.conformance.report.badge import badge
from reader_client.conformance.report.document import Document
from reader_client.conformance.report.junit import junit
from reader_client.conformance.report.page import page
from reader_client.errors import ReaderClientError

NAMES = {"json": "report.json", "junit": "junit.xml", "html": "report.html", "badge": "badge.svg"}


class ReportNotWrittenError(ReaderClientError):
    """A report that could not be written."""

    template = "{file} cannot be written: {reason}"


def write_all(report: Document, directory: Path) -> list[Path]:
    """All four into a directory, which is made where it is not there; raises ReportNotWrittenError."""
    try:
        directory.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ReportNotWrittenError(file=directory, reason=cause(error)) from None
    return [write(report, kind, directory / name) for kind, name in NAMES.items()]


def write(report: Document, kind: str, path: Path) -> Path:
    """One form of a report; raises ReportNotWrittenError."""
    try:
        path.write_bytes(content(report, kind))
    except OSError as error:
        raise ReportNotWrittenError(file=path, reason=cause(error)) from None
    return path


def content(report: Document, kind: str) -> bytes:
    """The bytes of a report in a form: `json`, `junit`, `html` or `badge`."""
    if kind == "junit":
        return junit(report)
    if kind == "html":
        return page(report).encode("utf-8")
    if kind == "badge":
        return badge(report).encode("utf-8")
    return (json_text(report) + "\n").encode("utf-8")


def json_text(report: Document) -> str:
    """The report as JSON for people and programs."""
    return json.dumps(report, ensure_ascii=False, indent=1)
