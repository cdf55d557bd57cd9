"""A verdict about a terminal as lines and as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from language import _, choose
from reader_client.conformance.exchange import CARD
from reader_client.conformance.terminal.judge import Break, Rule, Verdict, rules

FORMAT = "rhc-terminal-verdict/1"
SHOWN = 5


def rows(verdict: Verdict) -> dict[str, Any]:
    """The verdict as JSON."""
    return {
        "format": FORMAT,
        "passed": verdict.passed,
        "exchanges": verdict.exchanges,
        "rules": [_row(rule, verdict) for rule in rules().values()],
    }


def _row(rule: Rule, verdict: Verdict) -> dict[str, Any]:
    broken = [one for one in verdict.breaks if one.rule is rule]
    return {
        "id": rule.id,
        "title": {"zh": rule.title.chinese, "en": rule.title.english},
        "source": rule.source,
        "severity": "violation" if rule.severe else "remark",
        "checked": verdict.checked.get(rule.id, 0),
        "broken": [{"who": one.who, "exchange": one.number} for one in broken],
    }


def lines(verdict: Verdict) -> Iterator[str]:
    """The verdict for a person: what was broken first, then what was kept, then what was not seen."""
    if not verdict.exchanges:
        yield _("there is nothing to judge")
        return
    kept, unseen = [], []
    for rule in rules().values():
        broken = [one for one in verdict.breaks if one.rule is rule]
        if broken:
            yield from _broken(rule, broken)
        elif rule.id in verdict.checked:
            kept.append(rule)
        else:
            unseen.append(rule)
    for rule in kept:
        times = _("{count} times").format(count=verdict.checked[rule.id])
        yield f"✓ {rule.id} {choose(rule.title)} ({times})"
    for rule in unseen:
        yield f"· {rule.id} {choose(rule.title)} ({_('not seen')})"
    text = _("{exchanges} exchanges, {violations} violations, {remarks} remarks")
    yield text.format(
        exchanges=verdict.exchanges, violations=len(verdict.violations), remarks=len(verdict.remarks)
    )


def _broken(rule: Rule, broken: list[Break]) -> Iterator[str]:
    sign = "✗" if rule.severe else "!"
    places = ", ".join(
        (_("card {number}") if one.who == CARD else _("SAM {number}")).format(number=one.number)
        for one in broken[:SHOWN]
    )
    more = ", …" if len(broken) > SHOWN else ""
    yield f"{sign} {rule.id} {choose(rule.broken)}: {places}{more}"
    yield f"      {choose(rule.title)}; {rule.source}"
