"""Faults as data: what goes wrong with a card at a terminal, written down in a plan.

`read_plan` reads a plan, `PlanFile` follows one while it is edited, `FaultyCard` is a layer with the
interface of a card, under a plan, and `SilenceAsEmpty` makes of its silence what clients without PC/SC know.
"""

from card_os.faults.errors import FaultPlanError, FaultRuleError
from card_os.faults.layer import FaultyCard, SilenceAsEmpty, Strike
from card_os.faults.plan import (
    NO_FAULTS,
    Cut,
    CutAtStep,
    Delay,
    Eject,
    Fault,
    Flip,
    HeaderMask,
    Moment,
    Mute,
    Plan,
    Rule,
    Status,
    Swap,
    When,
)
from card_os.faults.plan_file import PlanFile
from card_os.faults.reader import parse_plan, read_plan

__all__ = [
    "NO_FAULTS",
    "Cut",
    "CutAtStep",
    "Delay",
    "Eject",
    "Fault",
    "FaultPlanError",
    "FaultRuleError",
    "FaultyCard",
    "Flip",
    "HeaderMask",
    "Moment",
    "Mute",
    "Plan",
    "PlanFile",
    "Rule",
    "SilenceAsEmpty",
    "Status",
    "Strike",
    "Swap",
    "When",
    "parse_plan",
    "read_plan",
]
