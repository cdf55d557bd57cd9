"""Access rules: which authenticated keys, in which life-cycle state, open a file.

Written in the tables as `always`, `never` (the default), a key name, `state:NAME`, joined by `&` (binds
tighter) and `|`.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Protocol


class AccessRule(Protocol):
    """A condition on the keys authenticated so far and the life-cycle state."""

    def allows(self, keys: Collection[str], state: str) -> bool:
        """Whether the rule is met."""
        ...

    def key_names(self) -> Iterator[str]:
        """The keys that the rule speaks of."""
        ...


@dataclass(frozen=True, slots=True)
class Always:
    """Free to everybody."""

    def allows(self, keys: Collection[str], state: str) -> bool:
        """Met without any key."""
        return True

    def key_names(self) -> Iterator[str]:
        """Speaks of no key."""
        return iter(())


@dataclass(frozen=True, slots=True)
class Never:
    """Closed to everybody."""

    def allows(self, keys: Collection[str], state: str) -> bool:
        """Never met."""
        return False

    def key_names(self) -> Iterator[str]:
        """Speaks of no key."""
        return iter(())


@dataclass(frozen=True, slots=True)
class Key:
    """Open once this key has been authenticated."""

    name: str

    def allows(self, keys: Collection[str], state: str) -> bool:
        """Met while the key's right is held."""
        return self.name in keys

    def key_names(self) -> Iterator[str]:
        """The one key."""
        yield self.name


@dataclass(frozen=True, slots=True)
class InState:
    """Open in one life-cycle state only."""

    state: str

    def allows(self, keys: Collection[str], state: str) -> bool:
        """Met in that state."""
        return self.state == state

    def key_names(self) -> Iterator[str]:
        """Speaks of no key."""
        return iter(())


@dataclass(frozen=True, slots=True)
class AllOf:
    """Every part must be met."""

    parts: tuple[AccessRule, ...]

    def allows(self, keys: Collection[str], state: str) -> bool:
        """Met when all parts are."""
        return all(part.allows(keys, state) for part in self.parts)

    def key_names(self) -> Iterator[str]:
        """The keys of all parts."""
        for part in self.parts:
            yield from part.key_names()


@dataclass(frozen=True, slots=True)
class AnyOf:
    """One part is enough."""

    parts: tuple[AccessRule, ...]

    def allows(self, keys: Collection[str], state: str) -> bool:
        """Met when any part is."""
        return any(part.allows(keys, state) for part in self.parts)

    def key_names(self) -> Iterator[str]:
        """The keys of all parts."""
        for part in self.parts:
            yield from part.key_names()


ALWAYS: AccessRule = Always()
NEVER: AccessRule = Never()


def without_keys_in(state: str, rule: AccessRule) -> AccessRule:
    """The rule of a card that asks for no key in one life-cycle state; its other conditions stay."""
    match rule:
        case Key():
            return AnyOf((rule, InState(state)))
        case AllOf(parts) | AnyOf(parts):
            return type(rule)(tuple(without_keys_in(state, part) for part in parts))
    return rule


def parse_rule(text: str) -> AccessRule:
    """Read a rule of the tables; an empty cell is `never`. Raises ValueError for a broken one."""
    alternatives = [_parse_all(part) for part in text.split("|")] if text.strip() else []
    if not alternatives:
        return NEVER
    return alternatives[0] if len(alternatives) == 1 else AnyOf(tuple(alternatives))


def _parse_all(text: str) -> AccessRule:
    parts = tuple(_parse_atom(part.strip()) for part in text.split("&"))
    return parts[0] if len(parts) == 1 else AllOf(parts)


def _parse_atom(text: str) -> AccessRule:
    if text == "always":
        return ALWAYS
    if text == "never":
        return NEVER
    if text.startswith("state:"):
        return InState(text.removeprefix("state:"))
    if not text.isidentifier():
        raise ValueError(f"{text!r} is no access rule")
    return Key(text)
