"""Which keys open a file of an issued card, found before anything is sent."""

from __future__ import annotations

from card_os.spec.access import AccessRule
from card_os.spec.model import LifeCycle


def keys_needed(rule: AccessRule, state: LifeCycle = LifeCycle.ISSUED) -> tuple[str, ...] | None:
    """The fewest keys that meet the rule on an issued card; None where none do (issuing only, never)."""
    names = tuple(dict.fromkeys(rule.key_names()))
    candidates = ((), *((name,) for name in names), names)
    return next((keys for keys in candidates if rule.allows(keys, state)), None)
