"""Numbers of applications: county 6, day 8, and the place in that day's series 6; twenty digits. Ours."""

from __future__ import annotations

from issuer.registry.day import day_of
from issuer.registry.work import Work


def new_numbers(work: Work, county: str, count: int) -> list[str]:
    """The next numbers of a county on this day; `count` is 1 or more."""
    day = f"{county}{day_of(work.now):%Y%m%d}"
    return [f"{day}{number:06d}" for number in work.next_numbers(f"application.{day}", count)]
