"""Who works in the story: operators with roles, and passwords that nobody knows beyond it."""

from __future__ import annotations

import secrets
from collections.abc import Iterable
from dataclasses import dataclass, field

from issuer.access import operators
from issuer.access.actor import Actor, Role
from issuer.access.operators import NewOperator
from issuer.access.sign_in import sign_in
from issuer.registry.registry import Registry

NATION = "国家密钥管理中心"
PROVINCE, COUNTY, BANK = "省卡管中心", "示范县卫健局", "示范银行"
OUTLET, HOSPITAL = "示范县发卡网点", "示范县人民医院"
_PASSWORD_BYTES = 18
Others = tuple[tuple[str, Role, str], ...]
"""Name, role and institution of operators."""
FOUNDERS = (("admin-1", Role.ADMINISTRATOR), ("admin-2", Role.ADMINISTRATOR))
CUSTODIANS = (("keys-1", Role.KEY_CUSTODIAN), ("keys-2", Role.KEY_CUSTODIAN), ("keys-3", Role.KEY_CUSTODIAN))
OF_THE_PROVINCE = (
    ("collector-1", Role.COLLECTOR, COUNTY),
    ("county-1", Role.COUNTY_REVIEWER, COUNTY),
    ("centre-1", Role.CENTRE_REVIEWER, PROVINCE),
    ("bank-1", Role.BANK_REVIEWER, BANK),
    ("perso-1", Role.PERSONALISER, PROVINCE),
    ("perso-2", Role.PERSONALISER, PROVINCE),
    ("outlet-1", Role.OUTLET_CLERK, OUTLET),
    ("auditor-1", Role.AUDITOR, PROVINCE),
    ("hospital-a", Role.TERMINAL, HOSPITAL),
    ("hospital-b", Role.TERMINAL, HOSPITAL),
)


@dataclass(slots=True)
class People:
    """The operators of a house, signed in, by name: its own people, and `others` of other institutions."""

    registry: Registry
    institution: str
    others: Others = ()
    passwords: dict[str, str] = field(default_factory=dict, repr=False)
    actors: dict[str, Actor] = field(default_factory=dict)

    def __getitem__(self, name: str) -> Actor:
        """An operator who has signed in."""
        return self.actors[name]

    def found(self) -> None:
        """The two administrators of a new registry, and everybody whom they add."""
        first = self._new((name, role, self.institution) for name, role in FOUNDERS)
        with self.registry.transaction(Actor(FOUNDERS[0][0], frozenset())) as work:
            operators.found(work, [(person, self.passwords[person.name]) for person in first])
        self._sign_in(first)
        own = tuple((name, role, self.institution) for name, role in CUSTODIANS)
        with self.registry.transaction(self["admin-1"], self["admin-2"]) as work:
            rest = self._new((*own, *self.others))
            for person in rest:
                operators.add(work, person, self.passwords[person.name])
        self._sign_in(rest)

    def _new(self, people: Iterable[tuple[str, Role, str]]) -> list[NewOperator]:
        made = []
        for name, role, institution in people:
            self.passwords[name] = secrets.token_urlsafe(_PASSWORD_BYTES)
            made.append(NewOperator(name, name, institution, frozenset({role})))
        return made

    def _sign_in(self, people: Iterable[NewOperator]) -> None:
        for person in people:
            self.actors[person.name] = sign_in(self.registry, person.name, self.passwords[person.name])
