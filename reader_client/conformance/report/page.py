"""A report as one HTML page that needs nothing besides itself, in both languages at once.

The page is made from the JSON that it carries, so that whoever doubts it can make it anew. It has no script;
a choice at its head shows one language or the other.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from html import escape
from importlib.resources import files
from string import Template

from language import current
from reader_client.conformance.report import page_words as words
from reader_client.conformance.report.document import Document
from reader_client.conformance.result import Outcome

_BEGIN, _END = '<script type="application/json" id="report">', "</script>"
_OUTCOMES = tuple(outcome.value for outcome in Outcome)
_BAD = (Outcome.FAILED.value, Outcome.ERROR.value)


def page(report: Document, language: str = "") -> str:
    """The whole page; `language` is shown first, the reader's where none is named."""
    template = Template((files("reader_client.conformance.report") / "page.html").read_text("utf-8"))
    first = language or current()
    return template.substitute(
        zh_checked=" checked" if first == "zh" else "",
        en_checked="" if first == "zh" else " checked",
        body="\n".join(_body(report)),
        report=_safe(json.dumps(report, ensure_ascii=False, separators=(",", ":"))),
    )


def embedded(text: str) -> str | None:
    """The JSON that a page carries, None where the text is no such page."""
    begin = text.rfind(_BEGIN)
    if begin < 0:
        return None
    inside = text[begin + len(_BEGIN) :]
    return inside[: inside.find(_END)]


def first_language(text: str) -> str:
    """The language that a page shows first."""
    return "zh" if 'id="zh" checked' in text else "en"


def _safe(text: str) -> str:
    """JSON that no browser takes for a tag or a comment."""
    return text.replace("<", "\\u003c")


def both(text: Document) -> str:
    """A text in both languages, each in an element of its own."""
    zh, en = escape(str(text.get("zh", ""))), escape(str(text.get("en", "")))
    return zh if zh == en else f'<span lang="zh">{zh}</span><span lang="en">{en}</span>'


def _say(text: Document, **fields: object) -> str:
    return both({name: part.format(**fields) for name, part in text.items()})


def _body(report: Document) -> Iterator[str]:
    yield f"<h1>{both(words.TITLE)}</h1>"
    yield f'<p class="verdict">{_verdict(report)}</p>'
    yield from _facts(report)
    yield f"<h2>{both(words.BY_CLAUSE)}</h2><p>{both(words.MARKS)}</p>"
    yield from _by_item(report)
    bad = [row for row in report["cases"] if row["outcome"] in _BAD]
    if bad:
        yield f"<h2>{both(words.FAILURES)} ({len(bad)})</h2>"
        yield from map(_failure, bad)
    yield f"<h2>{both(words.ALL_CASES)}</h2>"
    yield from _all_cases(report)


def _verdict(report: Document) -> str:
    summary, card = report["summary"], report["card"]
    if not card["is_health_card"]:
        return _say(words.NO_CARD, trouble="") + both(card["trouble"] or {})
    bad = [row for row in report["cases"] if row["outcome"] in _BAD]
    facts = sum(row["certainty"] == "fact" for row in bad)
    if report["stopped"]:
        return _say(words.STOPPED) + both(report["stopped"])
    if bad:
        return _say(words.SOME_FAILED, count=len(bad), facts=facts, passed=summary["passed"])
    return _say(words.ALL_PASSED, passed=summary["passed"], skipped=summary["skipped"])


def _facts(report: Document) -> Iterator[str]:
    card, environment, suite = report["card"], report["environment"], report["suite"]
    variant = f"{card['profile']} {card['variant']}".strip()
    rows = [
        (words.ATR, f"<code>{escape(card['atr'])}</code>"),
        (words.FACTOR, f"<code>{escape(card['factor'])}</code>"),
        (words.PROFILE, f"<code>{escape(variant)}</code>"),
        (words.ISSUER, escape(card["issuer"])),
        (words.CITY, escape(card["city_code"])),
        (words.SPEC_VERSION, escape(card["spec_version"])),
        (words.SAM, escape(card["sam_serial"])),
        (words.READER, escape(" / ".join(filter(None, (environment["reader"], environment["sam_reader"]))))),
        (words.TIME, f"{escape(environment['time'])}, {report['seconds']} s"),
        (words.SYSTEM, escape(f"{environment['system']}, Python {environment['python']}")),
        (
            words.SUITE,
            f"{escape(suite['version'])}, {suite['cases']}, <code>{escape(suite['digest'])}</code>",
        ),
        (words.SELECTED, escape(", ".join(f"{k} {v}" for k, v in report["selected"].items()))),
        (words.SIGNATURE, _signature(report)),
    ]
    yield "<table>"
    yield from (f"<tr><th>{both(head)}</th><td>{cell}</td></tr>" for head, cell in rows if cell)
    yield "</table>"


def _signature(report: Document) -> str:
    signature = report.get("signature")
    if not isinstance(signature, dict):
        return both(words.UNSIGNED)
    key, value = escape(str(signature["public_key"])), escape(str(signature["value"]))
    return f"{escape(str(signature['algorithm']))}<br><code>{key}</code><br><code>{value}</code>"


def _by_item(report: Document) -> Iterator[str]:
    yield "<table><tr><th></th>" + _heads((words.ITEM, words.SOURCE, *(words.OUTCOMES[o] for o in _OUTCOMES)))
    for item in report["items"]:
        counts = [f'<td class="n {o if item[o] else ""}">{item[o] or ""}</td>' for o in _OUTCOMES]
        if not item["covered"]:
            counts = [f'<td colspan="{len(_OUTCOMES)}" class="skipped">{both(words.NOT_COVERED)}</td>']
        title = f"{both(item['title'])}<br><small>{both(item['proves'])}</small>"
        source = f"<small>{escape(item['source'])}</small>"
        yield f"<tr><td>{escape(item['id'])}</td><td>{title}</td><td>{source}</td>{''.join(counts)}</tr>"
    yield "</table>"


def _heads(texts: Iterable[Document]) -> str:
    return "".join(f"<th>{both(text)}</th>" for text in texts) + "</tr>"


def _failure(row: Document) -> str:
    parts = [f'<div class="case"><h3>{escape(row["id"])} {both(row["title"])}</h3>']
    certainty = both(words.CERTAINTY.get(row.get("certainty", ""), {}))
    parts.append(f"<p><small>{escape(str(row.get('source', '')))}<br>{certainty}</small></p>")
    found = row.get("finding")
    if found:
        told = (
            (words.STEP, f"{found['step']} <code>{escape(found['line'])}</code>"),
            (words.EXPECTED, both(found["expected"])),
            (words.ACTUAL, f'<span class="failed">{both(found["actual"])}</span>'),
        )
        rows = "".join(f"<tr><th>{both(head)}</th><td>{cell}</td></tr>" for head, cell in told)
        parts.append(f"<table>{rows}</table>")
    elif row.get("reason"):
        parts.append(f'<p class="error">{both(row["reason"])}</p>')
    parts.append(_exchanges(row["exchanges"]))
    return "".join((*parts, "</div>"))


def _exchanges(rows: Sequence[Document]) -> str:
    told = "".join(map(_exchange, rows))
    return f"<details><summary>{both(words.EXCHANGES)} ({len(rows)})</summary><table>{told}</table></details>"


def _exchange(row: Document) -> str:
    command = escape(row["command"] or "RESET")
    return (
        f"<tr><td>{escape(row['who'])}</td><td><code>{command}</code><br><code>{escape(row['response'])}</code>"
        f"</td><td>{both(row['words'])}</td></tr>"
    )


def _all_cases(report: Document) -> Iterator[str]:
    groups: dict[str, list[Document]] = {}
    for row in report["cases"]:
        groups.setdefault(row["id"][0], []).append(row)
    for group, rows in groups.items():
        yield f"<details><summary>{group} {both(words.GROUPS[group])} ({len(rows)})</summary><table>"
        for row in rows:
            outcome = row["outcome"]
            why = f"<br><small>{both(row['reason'])}</small>" if row.get("reason") else ""
            if outcome == Outcome.PASSED and row.get("exchanges"):
                why += _exchanges(row["exchanges"])
            yield (
                f"<tr><td><code>{escape(row['id'])}</code></td><td>{both(row['title'])}{why}</td>"
                f'<td class="{outcome}">{both(words.OUTCOMES[outcome])}</td></tr>'
            )
        yield "</table></details>"
