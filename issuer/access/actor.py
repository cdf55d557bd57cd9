"""Who does something: a person with roles, or the house itself."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Role(StrEnum):
    """The roles of operators.  # spec: issuance_and_ecard A.2; names ours"""

    ADMINISTRATOR = "administrator"
    COLLECTOR = "collector"
    COUNTY_REVIEWER = "county_reviewer"
    CENTRE_REVIEWER = "centre_reviewer"
    BANK_REVIEWER = "bank_reviewer"
    KEY_CUSTODIAN = "key_custodian"
    PERSONALISER = "personaliser"
    OUTLET_CLERK = "outlet_clerk"
    AUDITOR = "auditor"
    TERMINAL = "terminal"


@dataclass(frozen=True, slots=True)
class Actor:
    """An operator at work. `name` is unique and stands in the audit chain."""

    name: str
    roles: frozenset[Role]
    institution: str = ""
