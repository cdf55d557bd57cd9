"""A whole card in the form that was asked for, on the screen or in a file."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from card_os.spec.model import Profile
from language import _, cause
from reader_client.contents import CardContents, CardValue
from reader_client.errors import ReaderClientError
from reader_client.exchange import fhir_check, fhir_json, fhir_out, html

# what a card holds is for its reader alone, and so is the file with it
OWNER_ONLY = 0o600


class Format(StrEnum):
    """How a card is shown."""

    TABLE = "table"
    JSON = "json"
    FHIR = "fhir"
    HTML = "html"


@dataclass(frozen=True, slots=True)
class Output:
    """What becomes of a card that was read: the form, the file for it, the file for the photo.

    Without `file` it goes to the screen. `mental_illness` lets the flag of tag 56 into FHIR and HTML.
    """

    format: Format = Format.TABLE
    file: Path | None = None
    photo: Path | None = None
    mental_illness: bool = False


class FileNotWrittenError(ReaderClientError):
    """A file that could not be written."""

    template = "{file} cannot be written: {reason}"


class NoPhotoError(ReaderClientError):
    """A photo is wanted, and the card has none."""

    template = "there is no photo on this card"


def card_text(profile: Profile, contents: CardContents, output: Output) -> str:
    """JSON, FHIR or HTML; raises FhirMissingError, and FhirRefusedError for a bundle that would be wrong."""
    if output.format is Format.HTML:
        return html.page(profile, contents, mental_illness=output.mental_illness)
    if output.format is Format.FHIR:
        found = fhir_out.bundle(profile, contents, mental_illness=output.mental_illness)
        fhir_check.check(profile, found)
        return fhir_json.write(found)
    return json_text(contents.to_json())


def json_text(value: object) -> str:
    """JSON for people and programs."""
    return json.dumps(value, ensure_ascii=False, indent=1)


def save(path: Path, data: bytes) -> None:
    """Write a file that only its owner can read; raises FileNotWrittenError."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, OWNER_ONLY)
        with os.fdopen(handle, "wb") as stream:
            stream.write(data)
    except OSError as error:
        raise FileNotWrittenError(file=path, reason=cause(error)) from None


def save_photo(path: Path, photo: CardValue) -> None:
    """The photo as a file; raises NoPhotoError and FileNotWrittenError."""
    if not isinstance(photo, bytes) or not photo:
        raise NoPhotoError
    save(path, photo)


def saved(path: Path) -> str:
    """One line that says where something went."""
    return _("written: {items}").format(items=path)
