"""Plans that cannot be followed, each in one plain line."""

from __future__ import annotations

from card_os.spec.errors import PlainError


class FaultPlanError(PlainError):
    """A plan that cannot be read at all, or an entry outside its rules."""

    template = "{plan}: {reason}"


class FaultRuleError(FaultPlanError):
    """A rule that cannot be followed; rules count from 1."""

    template = "{plan} rule {rule}: {reason}"
