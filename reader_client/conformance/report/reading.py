"""A report out of its file: the JSON itself, or the HTML page that holds it."""

from __future__ import annotations

import json
from pathlib import Path

from card_os.spec.errors import Phrase
from language import cause
from reader_client.conformance.report.document import FORMAT, Document
from reader_client.conformance.report.page import embedded
from reader_client.conformance.result import Outcome
from reader_client.errors import ReaderClientError

LARGEST = 64 * 1024 * 1024
_PARTS = {"suite": dict, "card": dict, "environment": dict, "summary": dict, "items": list, "cases": list}
_TEXTS = ("id", "outcome")


class ReportFileError(ReaderClientError):
    """A file that is no report."""

    template = "{file}: {reason}"


def read_text(path: Path) -> str:
    """The text of a report file; raises ReportFileError."""
    try:
        if path.stat().st_size > LARGEST:
            raise ReportFileError(file=path, reason=Phrase("the file is too large for a report"))
        return path.read_text("utf-8")
    except OSError as error:
        raise ReportFileError(file=path, reason=cause(error)) from None
    except UnicodeDecodeError:
        raise ReportFileError(file=path, reason=Phrase("this is no report")) from None


def parse_report(text: str, path: Path) -> Document:
    """The report in a text; raises ReportFileError."""
    inside = embedded(text)
    try:
        report = json.loads(text if inside is None else inside)
    except (ValueError, RecursionError):
        raise ReportFileError(file=path, reason=Phrase("this is no report")) from None
    if not isinstance(report, dict) or report.get("format") != FORMAT:
        raise ReportFileError(file=path, reason=Phrase("its format is not {format}", format=FORMAT))
    if not _is_whole(report):
        raise ReportFileError(file=path, reason=Phrase("it is not whole"))
    return report


def read_report(path: Path) -> Document:
    """A report by its file; raises ReportFileError."""
    return parse_report(read_text(path), path)


def _is_whole(report: Document) -> bool:
    if any(not isinstance(report.get(name), kind) for name, kind in _PARTS.items()):
        return False
    outcomes = {outcome.value for outcome in Outcome}
    return all(
        isinstance(row, dict)
        and all(isinstance(row.get(name), str) for name in _TEXTS)
        and row["outcome"] in outcomes
        and _has_both(row.get("title"))
        for row in report["cases"]
    )


def _has_both(text: object) -> bool:
    return isinstance(text, dict) and all(isinstance(text.get(language), str) for language in ("zh", "en"))
