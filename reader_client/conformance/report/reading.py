"""A report out of its file: the JSON itself, or the HTML page that holds it."""

from __future__ import annotations

import json
from pathlib import Path

from card_os.spec.errors import Phrase
from language import cause
from reader_client.conformance.report.document import FORMAT, Document
from reader_client.conformance.report.fitting import fits
from reader_client.conformance.report.page import embedded
from reader_client.conformance.report.schema import case_schema, report_schema
from reader_client.conformance.result import Outcome
from reader_client.errors import ReaderClientError

LARGEST = 64 * 1024 * 1024


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
    if not fits(report, report_schema()):
        raise ReportFileError(file=path, reason=Phrase("it is not whole"))
    if not all(map(is_case, report["cases"])):
        raise ReportFileError(file=path, reason=Phrase("it is not whole"))
    return report


def read_report(path: Path) -> Document:
    """A report by its file; raises ReportFileError."""
    return parse_report(read_text(path), path)


def is_case(row: Document) -> bool:
    """Whether a row is one of a case, and says why where the case did not pass."""
    if not fits(row, case_schema()):
        return False
    outcome = row["outcome"]
    if outcome == Outcome.FAILED:
        return "finding" in row and "exchanges" in row
    if outcome == Outcome.ERROR:
        return "reason" in row and "exchanges" in row
    return outcome == Outcome.PASSED or "reason" in row
