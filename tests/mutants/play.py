"""Plays conformance cases against a mutant, and against the sound card."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache

from lab.conformance_bench import simulated
from reader_client.conformance.catalogue import cases_of
from reader_client.conformance.model import Case
from reader_client.conformance.runner import run

from .application import applied
from .model import Mutant, MutantError

# random commands and numbers, and times: they take longest, and chance has a say in them
SLOW_ITEMS = frozenset({"G3", "G4", "I6", "N4"})


@cache
def cases(variant: str) -> dict[str, Case]:
    """The cases for a variant by id; the memories of its cards are made on the way, by the sound kernel."""
    return {case.id: case for case in cases_of(simulated(variant).profile)}


def failing(mutant: Mutant, only: Collection[str] = ()) -> tuple[str, ...]:
    """The cases that fail on a mutant, of all or of those named; the slow ones only where no other does.

    Raises MutantError where the mutant has an internal error: then its change is no behaviour of a card.
    """
    chosen = _chosen(mutant.variant, only)
    quick = [case for case in chosen if case.item not in SLOW_ITEMS]
    slow = [case for case in chosen if case.item in SLOW_ITEMS]
    return _failing(mutant, quick) or _failing(mutant, slow)


def _failing(mutant: Mutant, chosen: Sequence[Case]) -> tuple[str, ...]:
    with applied(mutant) as crashes:
        result = run(chosen, simulated(mutant.variant), destructive=True)
    if crashes.errors:
        raise MutantError(f"{mutant.id}: {crashes.errors[0]}, and {len(crashes.errors) - 1} more")
    return tuple(one.case.id for one in result.failures)


def failing_on_the_sound_card(variant: str, only: Collection[str] = ()) -> tuple[str, ...]:
    """The same without a mutant: nothing should fail."""
    result = run(_chosen(variant, only), simulated(variant), destructive=True)
    return tuple(one.case.id for one in result.failures)


def _chosen(variant: str, only: Collection[str]) -> list[Case]:
    known = cases(variant)
    if unknown := sorted(set(only) - set(known)):
        raise MutantError(f"there are no cases {unknown} for the variant {variant!r}")
    return [known[name] for name in only] if only else list(known.values())
