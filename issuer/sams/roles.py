"""What a SAM is for, and which keys that takes: a table.  # spec: commands_and_crypto 2.5"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files

from card_os.spec.errors import DeclarationError
from card_os.spec.model import Meaning
from issuer.keys.key_set import rows

_FILE, _EVERYTHING = "role_keys.csv", "*"


class SamRole(StrEnum):
    """Roles of SAMs."""

    HOSPITAL = "hospital"
    ISSUING = "issuing"


@dataclass(frozen=True, slots=True)
class RoleKeys:
    """The names of the keys that a role gets, and how the SAM itself names it (`key_card_type`)."""

    key_card_type: str
    keys: frozenset[str]
    meaning: Meaning


@cache
def role_keys() -> Mapping[SamRole, RoleKeys]:
    """All roles; raises DeclarationError for a row that cannot be right."""
    held = {name for name, row in rows().items() if row.sam_id is not None}
    found = {}
    table = csv.DictReader(io.StringIO((files(__package__) / _FILE).read_text("utf-8")))
    for line, row in enumerate(table, start=2):
        keys = held if row["keys"] == _EVERYTHING else set(row["keys"].split())
        if not keys or keys - held or row["role"] in found:
            reason = "a role twice, or a key that no SAM holds"
            raise DeclarationError(file=f"issuer/sams/{_FILE}", row=line, reason=reason)
        meaning = Meaning(row["chinese"], row["english"])
        found[SamRole(row["role"])] = RoleKeys(row["key_card_type"], frozenset(keys), meaning)
    return found
