"""The day of the calendar in China, where offices, terms and ages count in days."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

ZONE = timezone(timedelta(hours=8))
"""China has one zone and no summer time."""


def day_of(moment: datetime) -> date:
    """The day in China at a moment that has a zone."""
    return moment.astimezone(ZONE).date()


def years_between(first: date, second: date) -> int:
    """Whole years from one day to another, as ages are counted; negative where the second is earlier."""
    return second.year - first.year - ((second.month, second.day) < (first.month, first.day))
