"""Who works in the office of a seat, and where; none of it exists."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from card_os.spec.model import Meaning
from issuer.access.actor import Actor, Role

COUNTY, COUNTY_NAME = "419901", "示范县"
POINT, POINT_NAME = "419901-01", "示范县第一采集点"
OUTLET = "示范县发卡网点"
_BUREAU, _CENTRE, _BANK = "示范县卫健局", "省卡管中心", "示范银行"


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody whom the trainee plays."""

    actor: Actor
    title: Meaning


def _person(name: str, role: Role, institution: str, title: Meaning) -> Person:
    return Person(Actor(name, frozenset({role}), institution), title)


PEOPLE: Mapping[str, Person] = {
    "administrator": _person("admin-1", Role.ADMINISTRATOR, _CENTRE, Meaning("管理员", "administrator")),
    "collector": _person(
        "collector-1", Role.COLLECTOR, _BUREAU, Meaning("采集点收表员", "clerk of the collection point")
    ),
    "county": _person(
        "county-1", Role.COUNTY_REVIEWER, _BUREAU, Meaning("县登记中心审核员", "reviewer of the county")
    ),
    "centre": _person(
        "centre-1", Role.CENTRE_REVIEWER, _CENTRE, Meaning("省卡管中心审核员", "reviewer of the centre")
    ),
    "bank": _person("bank-1", Role.BANK_REVIEWER, _BANK, Meaning("合作银行审核员", "reviewer of the bank")),
    "personaliser": _person("perso-1", Role.PERSONALISER, _CENTRE, Meaning("制卡员", "personaliser")),
    "clerk": _person("outlet-1", Role.OUTLET_CLERK, OUTLET, Meaning("发卡网点柜员", "clerk of the outlet")),
    "auditor": _person("auditor-1", Role.AUDITOR, _CENTRE, Meaning("审计员", "auditor")),
}
BUREAU = _BUREAU
