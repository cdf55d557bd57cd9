"""Which cases of the suite are played: by group, by id, or the quick ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from reader_client.conformance.model import Case, Group
from reader_client.errors import ReaderClientError


class NoSuchCasesError(ReaderClientError):
    """A choice that fits no case."""

    template = "{wanted}: no such group, item or case; groups are {groups}"


def chosen(cases: Sequence[Case], names: Iterable[str], *, quick: bool = False) -> list[Case]:
    """The cases of groups (`A`), items (`A5`) or ids (`A5-01`); all where nothing is named.

    `quick` leaves a part of each item that takes seconds. Raises NoSuchCasesError.
    """
    wanted = [name.strip() for name in names if name.strip()]
    for name in wanted:
        if not any(_fits(case, name) for case in cases):
            raise NoSuchCasesError(wanted=name, groups=" ".join(Group))
    return [
        case
        for case in cases
        if (not wanted or any(_fits(case, name) for name in wanted)) and (case.quick or not quick)
    ]


def _fits(case: Case, name: str) -> bool:
    return name.upper() in (case.group.value, case.item.upper(), case.id.upper())
