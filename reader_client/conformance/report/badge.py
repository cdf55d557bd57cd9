"""A badge for a web page or a README: what came out, in one small picture."""

from __future__ import annotations

from html import escape

from reader_client.conformance.report.document import Document
from reader_client.conformance.result import Outcome

_GOOD, _BAD, _NONE = "#1a7f37", "#b00020", "#777777"
_NAME = "居民健康卡 RHC"
_WIDTHS = 7.2, 13.0  # of a narrow and of a wide sign at 12 px


def badge(report: Document) -> str:
    """An SVG with the counts; red as soon as one case failed, grey where no case was played."""
    summary = report["summary"]
    bad = summary[Outcome.FAILED] + summary[Outcome.ERROR]
    passed = summary[Outcome.PASSED]
    color = _BAD if bad else _GOOD if passed and not report["stopped"] else _NONE
    text = f"{passed}/{passed + bad}"
    left, right = _width(_NAME), _width(text)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{left + right}" height="20" role="img" '
        f'aria-label="{escape(_NAME)}: {escape(text)}">'
        f'<rect width="{left}" height="20" fill="#444444"/>'
        f'<rect x="{left}" width="{right}" height="20" fill="{color}"/>'
        f'<g fill="#ffffff" font-family="sans-serif" font-size="12" text-anchor="middle">'
        f'<text x="{left / 2}" y="14">{escape(_NAME)}</text>'
        f'<text x="{left + right / 2}" y="14">{escape(text)}</text></g></svg>\n'
    )


def _width(text: str) -> int:
    narrow, wide = _WIDTHS
    return round(sum(wide if ord(sign) > 0xFF else narrow for sign in text)) + 12
