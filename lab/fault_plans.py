"""The ready-made plans of faults, by name, beside the plans that people write themselves."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from card_os.faults import (
    Cut,
    CutAtStep,
    Delay,
    Eject,
    Fault,
    FaultPlanError,
    Flip,
    Moment,
    Plan,
    PlanFile,
    Status,
    Strike,
    Swap,
    When,
    parse_plan,
    read_plan,
)
from card_os.faults.plan import ANY_COMMAND
from card_os.faults.plan_file import Tell
from lab.scenes import SCENES
from language import _

_PLANS = files("lab") / "faults"
_ENDING = ".toml"


def names() -> list[str]:
    """Names of the ready-made plans, in order."""
    return sorted(_entries())


def text(name: str) -> str:
    """The TOML text of a ready-made plan; raises FaultPlanError for a name that is none."""
    entries = _entries()
    if name not in entries:
        raise FaultPlanError(plan=name, reason=_("there are {known}").format(known=" ".join(names())))
    return entries[name].read_text("utf-8")


def plan(name: str) -> Plan:
    """A ready-made plan; raises FaultPlanError."""
    return parse_plan(text(name), name)


def checked(path: Path) -> Plan:
    """The plan in a file, with a scene that this lab knows; raises FaultPlanError."""
    return _with_known_scene(read_plan(path), str(path))


def find(given: str, tell: Tell = lambda error: None) -> Plan | PlanFile:
    """A ready-made plan by name; or the plan in a file, followed while it is edited.

    Raises FaultPlanError; what `given` has no file for is taken as a name.
    """
    path = Path(given)
    if given not in names() and path.is_file():
        checked(path)
        return PlanFile(path, tell)
    return plan(given)


def fault_in_words(fault: Fault) -> str:
    """What happens."""
    words = _("the card falls silent")
    match fault:
        case Cut(Moment.BEFORE):
            words = _("power fails before the command")
        case Cut():
            words = _("power fails after the command, the answer is lost")
        case CutAtStep(step):
            words = _("power fails at write step {step}").format(step=step)
        case Delay(milliseconds):
            words = _("{milliseconds} ms late").format(milliseconds=milliseconds)
        case Flip(bit):
            words = _("bit {bit} of the answer is wrong").format(bit=bit)
        case Status(sw, executed):
            done = _("{sw} after the command was carried out")
            words = (done if executed else _("{sw} instead of the command")).format(sw=f"{sw:04X}")
        case Eject():
            words = _("the card is taken out")
        case Swap():
            words = _("another card is put in")
    return words


def when_in_words(when: When) -> str:
    """Which commands are struck."""
    parts = [_("every command") if when.header == ANY_COMMAND else when.header.text.upper()]
    if when.nth is not None:
        parts.append(_("if it is number {nth} since reset").format(nth=when.nth))
    if when.every > 1:
        parts.append(_("one in {every} of them").format(every=when.every))
    if when.probability < 1:
        parts.append(_("with probability {probability}").format(probability=when.probability))
    if when.times is not None:
        parts.append(_("at most {times} times").format(times=when.times))
    return ", ".join(parts)


def strike_in_words(strike: Strike) -> str:
    """One line for the screen of the simulator."""
    line = _("Fault of rule {rule} at command {nth}: {fault}.")
    return line.format(rule=strike.rule.number, nth=strike.nth, fault=fault_in_words(strike.rule.fault))


def _with_known_scene(found: Plan, name: str) -> Plan:
    if found.scene and found.scene not in SCENES:
        reason = _("scene = one of these is expected: {known}").format(known=" ".join(SCENES))
        raise FaultPlanError(plan=name, reason=reason)
    return found


def _entries() -> Mapping[str, Traversable]:
    return {
        entry.name.removesuffix(_ENDING): entry for entry in _PLANS.iterdir() if entry.name.endswith(_ENDING)
    }
