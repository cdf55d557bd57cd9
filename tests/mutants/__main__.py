"""`python -m tests.mutants`: play all conformance cases against every mutant and write `caught.csv` anew.

With names of mutants only those are played, and nothing is written. Ends with 1 where one survives.
"""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import repeat

from .caught import Catch, write
from .model import Mutant, MutantError, mutants
from .play import failing

# chance has no say: what is written down catches its mutant so many times in a row
_REPEATS = 5
_NAMED = 3


def main(arguments: Sequence[str]) -> int:
    """Play, tell, write."""
    chosen = [mutant for mutant in mutants() if not arguments or mutant.id in arguments]
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        found = dict(zip(chosen, pool.map(_failing, chosen), strict=True))
        caught = {mutant: told for mutant, told in found.items() if isinstance(told, tuple)}
        often = Counter(case for cases in caught.values() for case in cases)
        ranked = pool.map(_catch, caught, caught.values(), repeat(often))
        catches = dict(zip(caught, ranked, strict=True))
    broken = {mutant: told for mutant, told in found.items() if isinstance(told, str)}
    survivors = [mutant for mutant, catch in catches.items() if catch is None]
    for mutant, told in broken.items():
        print(f"{mutant.id}: badly written: {told}")
    for mutant in survivors:
        print(f"{mutant.id}: survives: {mutant.english}")
    if arguments:
        for catch in filter(None, catches.values()):
            print(f"{catch.mutant}: {' '.join((catch.case, *catch.also))} ({catch.count} cases)")
    elif not broken:
        write([catch for catch in catches.values() if catch is not None])
    print(f"{len(chosen)} mutants, {len(survivors)} survive, {len(broken)} badly written")
    return 1 if survivors or broken else 0


def _failing(mutant: Mutant) -> tuple[str, ...] | str:
    try:
        return failing(mutant)
    except MutantError as error:
        return str(error)


def _catch(mutant: Mutant, failed: Sequence[str], often: Mapping[str, int]) -> Catch | None:
    """The case that tells most of a mutant: of its group, and failing on few others."""
    ranked = sorted(failed, key=lambda case: (case[0] != mutant.group, often[case], case))
    for case in ranked:
        if all(failing(mutant, [case]) for _ in range(_REPEATS)):
            also = tuple(other for other in ranked if other != case)
            return Catch(mutant.id, mutant.english, mutant.variant, case, also[:_NAMED], len(ranked))
    return None


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
