"""JSON Schema of a report, `rhc-conformance/1`.

`python -m reader_client.conformance.report.schema [DIRECTORY]` writes it to docs/schemas.
"""

from __future__ import annotations

import json
import sys
from functools import cache
from pathlib import Path
from typing import Any

from reader_client.conformance.model import Certainty, Need
from reader_client.conformance.report.document import FORMAT
from reader_client.conformance.result import Outcome

DIRECTORY = Path("docs/schemas")
FILE = "rhc-conformance-1.schema.json"
Schema = dict[str, Any]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
# a name, not an address: the host is one that can never exist
_ID = "https://residents-health-card.example/schemas/rhc-conformance-1"
_TEXT: Schema = {"type": "string"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_SECONDS: Schema = {"type": "number", "minimum": 0}
_BOTH: Schema = {"$ref": "#/$defs/both"}
_OUTCOMES = [outcome.value for outcome in Outcome]
_HEX: Schema = {"type": "string", "pattern": "^([0-9A-F]{2})*…?([0-9A-F]{4})?$"}


@cache
def report_schema() -> Schema:
    """What `rhc conformance run --json` prints."""
    parts: Schema = {
        "format": {"const": FORMAT},
        "suite": _closed({"version": _TEXT, "cases": _COUNT, "digest": _hex(32)}),
        "card": _card(),
        "environment": _closed(dict.fromkeys(("time", "python", "system", "reader", "sam_reader"), _TEXT)),
        "selected": {"type": "object"},
        "seconds": _SECONDS,
        "stopped": {"anyOf": [_BOTH, {"type": "null"}]},
        "summary": _closed(dict.fromkeys(_OUTCOMES, _COUNT)),
        "items": {"type": "array", "items": _item()},
        "cases": {"type": "array", "items": _case()},
    }
    signature = _closed({"algorithm": _TEXT, "public_key": _hex(64), "value": _hex(64)})
    return {
        "$schema": _DIALECT,
        "$id": _ID,
        "title": "A report of the conformance suite",
        **_closed(parts, optional={"signature": signature}),
        "$defs": _DEFS,
    }


@cache
def case_schema() -> Schema:
    """One case of a report."""
    return {**_case(), "$defs": _DEFS}


def _closed(properties: Schema, optional: Schema | None = None) -> Schema:
    return {
        "type": "object",
        "properties": {**properties, **(optional or {})},
        "required": list(properties),
        "additionalProperties": False,
    }


def _hex(length: int) -> Schema:
    return {"type": "string", "pattern": f"^[0-9A-Fa-f]{{{2 * length}}}$"}


_DEFS: Schema = {"both": _closed({"zh": _TEXT, "en": _TEXT})}


def _card() -> Schema:
    texts = ("atr", "factor", "city_code", "spec_version", "issuer", "profile", "variant", "sam_serial")
    return _closed(
        {
            **dict.fromkeys(texts, _TEXT),
            "is_health_card": {"type": "boolean"},
            "trouble": {"anyOf": [_BOTH, {"type": "null"}]},
        }
    )


def _item() -> Schema:
    return _closed(
        {
            "id": {"type": "string", "pattern": "^[A-Z][0-9]+$"},
            "title": _BOTH,
            "proves": _BOTH,
            "source": _TEXT,
            "covered": {"type": "boolean"},
            **dict.fromkeys(_OUTCOMES, _COUNT),
        }
    )


def _case() -> Schema:
    finding = _closed({"step": _COUNT, "line": _TEXT, "expected": _BOTH, "actual": _BOTH})
    exchange = _closed(
        {
            "who": {"enum": ["card", "sam"]},
            "command": _HEX,
            "response": _HEX,
            "seconds": _SECONDS,
            "words": _BOTH,
        }
    )
    needs = {"type": "array", "items": {"enum": [need.value for need in Need]}, "uniqueItems": True}
    optional: Schema = {
        "reason": _BOTH,
        "finding": finding,
        "measured": {"type": "object", "additionalProperties": {"type": "number"}},
        "steps": {"type": "array", "items": _TEXT},
        "exchanges": {"type": "array", "items": exchange},
    }
    return _closed(
        {
            "id": {"type": "string", "pattern": "^[A-Z][0-9]+-"},
            "title": _BOTH,
            "source": _TEXT,
            "certainty": {"enum": [certainty.value for certainty in Certainty]},
            "needs": needs,
            "outcome": {"enum": _OUTCOMES},
            "seconds": _SECONDS,
        },
        optional,
    )


def text() -> str:
    """The schema as it stands in its file."""
    return json.dumps(report_schema(), ensure_ascii=False, indent=1) + "\n"


if __name__ == "__main__":
    (Path(sys.argv[1]) if len(sys.argv) > 1 else DIRECTORY).joinpath(FILE).write_text(text(), "utf-8")
