"""Whether a report is the one that was signed: the JSON by its signature, a page by being made anew."""

from __future__ import annotations

from pathlib import Path

from card_os.spec.errors import Phrase
from reader_client.conformance.report.document import Document
from reader_client.conformance.report.page import embedded, first_language, page
from reader_client.conformance.report.signing import SignatureWrongError, verified


def checked(report: Document, text: str, file: Path, public_key: str = "") -> str:
    """The public key that signed the report in a text; raises SignatureWrongError.

    A page must be, byte for byte, the one that its signed JSON makes: nobody changes a word of it unseen.
    """
    key = verified(report, file)
    if public_key and key != public_key.strip().upper():
        raise SignatureWrongError(file=file, reason=Phrase("another key has signed it: {key}", key=key))
    if embedded(text) is not None and page(report, first_language(text)) != text:
        raise SignatureWrongError(file=file, reason=Phrase("the page is not the one of the signed report"))
    return key
