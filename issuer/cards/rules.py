"""Figures that a house may set for itself: clocks, fees, tries. Defaults and their sources: rules.csv.

A figure that was set is kept in the registry; each change takes two people and is a row in the audit chain.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from functools import cache
from importlib.resources import files

from sqlalchemy import select

from card_os.spec.errors import PlainError
from card_os.spec.model import Meaning
from issuer.access.permission import action
from issuer.registry.errors import NotFoundError
from issuer.registry.schema.cards import card_rule
from issuer.registry.work import Row, Work, first_of

FILE = "rules.csv"
MOST = Decimal(10_000)
_MONEY = "yuan"


class RuleRefusedError(PlainError):
    """A figure that a rule does not take."""

    template = "{name}: a number of {unit} from {least} to {most} is expected, in steps of {step}"


@dataclass(frozen=True, slots=True)
class Rule:
    """One row of the table."""

    name: str
    default: Decimal
    unit: str
    meaning: Meaning
    source: str


@cache
def rules() -> Mapping[str, Rule]:
    """All rules by name."""
    text = (files(__package__) / FILE).read_text("utf-8")
    return {
        row["name"]: Rule(
            row["name"],
            Decimal(row["value"]),
            row["unit"],
            Meaning(row["chinese"], row["english"]),
            row["source"],
        )
        for row in csv.DictReader(io.StringIO(text))
    }


def figure(work: Work, name: str) -> Decimal:
    """What is in force for a rule."""
    kept = first_of(work.rows(select(card_rule.c.value).where(card_rule.c.name == name)))
    return Decimal(kept["value"]) if kept else rules()[name].default


def count(work: Work, name: str) -> int:
    """A figure that counts something."""
    return int(figure(work, name))


def duration(work: Work, name: str) -> timedelta:
    """A figure in hours or days as a length of time."""
    return timedelta(**{rules()[name].unit: float(figure(work, name))})


@action("card.rules")
def listed(work: Work) -> list[Row]:
    """Name, value in force, default, unit, meaning and source of every rule."""
    kept = {row["name"]: Decimal(row["value"]) for row in work.rows(select(card_rule))}
    return [
        {
            "name": rule.name,
            "value": kept.get(rule.name, rule.default),
            "default": rule.default,
            "unit": rule.unit,
            "meaning": rule.meaning,
            "source": rule.source,
        }
        for rule in rules().values()
    ]


@action("card.set_rule")
def set_rule(work: Work, name: str, value: str) -> Decimal:
    """Put another figure in force; raises NotFoundError and RuleRefusedError."""
    rule = rules().get(name)
    if rule is None:
        raise NotFoundError(kind="rule", name=name)
    wanted = _checked(rule, value)
    kept = first_of(work.rows(select(card_rule.c.id).where(card_rule.c.name == name).with_for_update()))
    if kept:
        work.update(card_rule, kept["id"], value=str(wanted))
    else:
        work.insert(card_rule, name=name, value=str(wanted))
    work.record("card.set_rule", "rule", name, value=str(wanted))
    return wanted


def _checked(rule: Rule, value: str) -> Decimal:
    least, step = (Decimal(0), Decimal("0.01")) if rule.unit == _MONEY else (Decimal(1), Decimal(1))
    try:
        wanted = Decimal(value)
        kept = wanted.quantize(step)
    except InvalidOperation:
        kept = wanted = Decimal(-1)
    if kept != wanted or not least <= wanted <= MOST:
        raise RuleRefusedError(name=rule.name, unit=rule.unit, least=least, most=MOST, step=step)
    return kept
