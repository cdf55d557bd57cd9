"""FHIR as text: decimals keep their places, 12.50 stays 12.50, which no float can."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal

from reader_client.exchange.fhir_check import FhirRefusedError


def write(value: object) -> str:
    """JSON with one space of indent; a Decimal becomes a number with the digits that it has."""
    return "".join(_text(value, "\n"))


def read(text: str) -> object:
    """JSON with numbers as Decimal and whole ones as int; raises FhirRefusedError."""
    try:
        return json.loads(text, parse_float=Decimal)
    except (ValueError, RecursionError):
        raise FhirRefusedError(where="Bundle", reason="JSON") from None


def _text(value: object, margin: str) -> Iterator[str]:
    if isinstance(value, Decimal):
        yield f"{value:f}"
    elif isinstance(value, dict) and value:
        parts = ((json.dumps(name, ensure_ascii=False) + ": ", one) for name, one in value.items())
        yield from _block("{}", parts, margin)
    elif isinstance(value, list) and value:
        yield from _block("[]", (("", one) for one in value), margin)
    else:
        yield json.dumps(value, ensure_ascii=False)


def _block(brackets: str, parts: Iterator[tuple[str, object]], margin: str) -> Iterator[str]:
    inner = margin + " "
    separator = brackets[0]
    for label, value in parts:
        yield separator + inner + label
        yield from _text(value, inner)
        separator = ","
    yield margin + brackets[1]
