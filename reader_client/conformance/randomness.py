"""Statistical tests of random bits, after GM/T 0005: single bits, poker, runs, autocorrelation.

Each test gives the probability that good random bits look at least so bad. A card fails below one in a
million: one sample says no more, and a suite that runs every night must not cry wolf.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from math import erfc, sqrt

LEAST = 1e-6
SHIFTS = (1, 2, 8, 16)


def probabilities(raw: bytes) -> Mapping[str, float]:
    """All tests over the bits of at least 128 bytes, by name."""
    bits, count = int.from_bytes(raw, "big"), 8 * len(raw)
    found = {
        "monobit": _two_sided(2 * bits.bit_count() - count, count),
        "poker 4": _poker(Counter(raw.hex()), 2 * len(raw), 16),
        "poker 8": _poker(Counter(map(str, raw)), len(raw), 256),
        "runs": _runs(bits, count),
    }
    for shift in SHIFTS:
        found[f"autocorrelation {shift}"] = _autocorrelation(bits, count, shift)
    return found


def _two_sided(excess: float, variance: float) -> float:
    return erfc(abs(excess) / sqrt(2 * variance))


def _poker(counted: Counter[str], blocks: int, kinds: int) -> float:
    squares = sum(number * number for number in counted.values())
    return _chi_square_tail(kinds / blocks * squares - blocks, kinds - 1)


def _chi_square_tail(value: float, degrees: int) -> float:
    # Wilson and Hilferty: the cube root is almost normal; both tails count, too even is suspicious as well
    spread = 2 / (9 * degrees)
    z = ((max(value, 0.0) / degrees) ** (1 / 3) - (1 - spread)) / sqrt(spread)
    return erfc(abs(z) / sqrt(2))


def _runs(bits: int, count: int) -> float:
    ones = bits.bit_count() / count
    if ones in (0.0, 1.0):
        return 0.0
    changes = ((bits ^ (bits >> 1)) & ((1 << (count - 1)) - 1)).bit_count()
    due = 2 * count * ones * (1 - ones)
    return erfc(abs(changes + 1 - due) / (2 * sqrt(2 * count) * ones * (1 - ones)))


def _autocorrelation(bits: int, count: int, shift: int) -> float:
    compared = count - shift
    differing = ((bits ^ (bits >> shift)) & ((1 << compared) - 1)).bit_count()
    return _two_sided(2 * differing - compared, compared)
