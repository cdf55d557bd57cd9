"""A plan in force: how often each rule was met and has struck."""

from __future__ import annotations

import random

from card_os.faults.plan import Plan, Rule


class Course:
    """The counters of one plan. They begin anew with each plan, and outlive resets."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._random = random.Random(plan.seed)  # noqa: S311 - a fault has to come again, not to be secret
        self._met = dict.fromkeys(plan.rules, 0)
        self._struck = dict.fromkeys(plan.rules, 0)

    def due(self, nth: int, command: bytes) -> list[Rule]:
        """The rules that strike a command, the `nth` since power-on or reset."""
        return [rule for rule in self.plan.rules if self._is_due(rule, nth, command)]

    def count(self, rule: Rule) -> None:
        """Remember that a rule has struck."""
        self._struck[rule] += 1

    def _is_due(self, rule: Rule, nth: int, command: bytes) -> bool:
        when = rule.when
        if when.times is not None and self._struck[rule] >= when.times:
            return False
        if when.nth not in (None, nth) or not when.header.fits(command):
            return False
        self._met[rule] += 1
        if self._met[rule] % when.every:
            return False
        return when.probability >= 1 or self._random.random() < when.probability
