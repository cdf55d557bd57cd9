"""Keys are made by people in a room, travel to the province, and into the SAMs of its hospitals."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from card_os.spec.key_record import USAGE_AUTHENTICATION
from issuer.keys import certifying, key_export, segments
from issuer.keys.ceremony import shares
from issuer.keys.ceremony.components import Component, protection_key
from issuer.keys.certificates import ISSUER_KEY, ROOT_KEY, Holder
from issuer.keys.custodian import CardFactors
from issuer.keys.hierarchy import NATION, Level
from issuer.keys.key_set import TRANSPORT_KEY, card_keys, rows
from issuer.keys.segments import Grant
from issuer.keys.test_custodian import ENVIRONMENT, published
from issuer.registry.day import day_of
from issuer.sams import holding, keying, online
from issuer.sams.holding import Order
from issuer.sams.roles import SamRole
from lab import demo
from lab.issuer_demo.house import House
from lab.issuer_demo.people import HOSPITAL
from lab.issuer_demo.stage import SETTINGS, Stage
from language import _

NEEDED, HOLDERS = 3, 5
PROVINCE = Level(SETTINGS.city_code[:2])
YEARS = 10
_SEGMENTS = (("sam_serial", 1, 9999), ("terminal", 1, 9999), ("certificate", 1, 9999))
_CHIPS = (9001, 9002)
_ANY_CARD = bytes.fromhex("00A1A1A100000001")


def ceremony(stage: Stage) -> Mapping[str, object]:
    """Three people make the roots; shares go to five; the province makes its own keys and takes others in."""
    nation, province = stage.nation, stage.province
    roots = _hold(nation, NATION)
    stage.say(_("{count} keys of the nation made of three components").format(count=roots))
    _share(stage, nation)
    own = _hold(province, PROVINCE)
    _share(stage, province, keep_quiet=True)
    stage.say(_("{count} keys of the province's own made the same way").format(count=own))
    protection = protection_key([Component.new(), Component.new()])
    text = nation.key_room().export(PROVINCE, protection)
    stage.kept("keys", f"delivery-{PROVINCE.code}.txt", text.encode())
    delivered = province.key_room().take_in(text, protection)
    maker = key_export.of_maker(published(TRANSPORT_KEY), ENVIRONMENT, PROVINCE)
    for house, level in ((nation, NATION), (province, PROVINCE)):
        chips = key_export.of_maker(published(TRANSPORT_KEY), ENVIRONMENT, level)
        house.key_room().take_in(key_export.write(chips, protection), protection)
        house.open_keys()
    agreed = _agree(nation, province)
    text = _("province {code} took {count} keys in, their check values agree: {agreed}")
    stage.say(
        text.format(code=PROVINCE.code, count=len(delivered.keys), agreed=_("yes") if agreed else _("no"))
    )
    return {
        "nation": roots,
        "province": own,
        "delivered": len(delivered.keys),
        "maker": len(maker.keys),
        "shares": [NEEDED, HOLDERS],
        "ok": agreed and len(delivered.keys) == len(card_keys()),
    }


def sams(stage: Stage) -> Mapping[str, object]:
    """The nation certifies the issuer and keys two SAMs; one goes to the hospital, one to the counter."""
    nation, province = stage.nation, stage.province
    first, last = _years(stage)
    holder = Holder(SETTINGS.code, "1", first, last)
    with nation.work("keys-1", "keys-2") as work:
        certificate = certifying.certify(work, holder, province.custodian.public_key(ISSUER_KEY))
    root_key = nation.custodian.public_key(ROOT_KEY)
    with province.work("keys-1", "keys-2") as work:
        certifying.keep(work, certificate, SETTINGS.code, root_key)
        for kind, low, high in _SEGMENTS:
            segments.give(work, Grant(kind, SETTINGS.code, low, high))
    with province.work("keys-1") as work:
        serials = [
            *holding.order(work, Order(SamRole.HOSPITAL, SETTINGS.city_code, SETTINGS.code)),
            *holding.order(work, Order(SamRole.ISSUING, SETTINGS.city_code, SETTINGS.code)),
        ]
    stage.cards = replace(SETTINGS.cards, certificate=certificate.to_bytes())
    terms = keying.Terms(SETTINGS.code, first, last, certificate)
    loaded = {}
    for serial, number in zip(serials, _CHIPS, strict=True):
        chip = demo.blank("sam", number)
        atr = chip.power_on()
        pin = keying.new_pin()
        with province.work("keys-1") as work:
            holding.make(work, serial, atr)
        people = (province.people["keys-1"], province.people["keys-2"])
        made = keying.key_sam(
            province.registry,
            people,
            serial,
            (chip.transmit, atr),
            pin=pin,
            terms=terms,
            keys=nation.custodian,
        )
        loaded[serial] = len(made.keys)
        chip.power_off()
        stage.sams[serial] = (chip, pin)
    with province.work("keys-1") as work:
        holding.issue(work, serials[0], HOSPITAL, "挂号窗口1")
        holding.issue(work, serials[1], province.settings.name, "发卡柜台1")
    with province.work("hospital-a") as work:
        answer = online.check(work, serials[0], "挂号窗口1")
    stage.hospital_sam = serials[0]
    stage.say(
        _("SAM {serial} for a hospital has {count} keys, SAM {other} for issuing {more}").format(
            serial=serials[0], count=loaded[serials[0]], other=serials[1], more=loaded[serials[1]]
        )
    )
    return {"sams": loaded, "online": str(answer.code), "ok": str(answer.code) == "0000"}


def _hold(house: House, level: Level) -> int:
    """The ceremony of a house: components of three custodians; how many keys came of it."""
    components = [Component.new() for _person in range(3)]
    room = house.key_room()
    made = room.hold_ceremony(house.people["keys-3"], components, ENVIRONMENT, level, house.lock())
    return len(list(made.keys))


def _share(stage: Stage, house: House, *, keep_quiet: bool = False) -> None:
    """Recovery shares; any three bring the master back, and then it leaves the key file."""
    room = house.key_room()
    made = room.make_shares(NEEDED, HOLDERS)
    first, other = ([share.words for share in some] for some in (made[:NEEDED], made[-NEEDED:]))
    if shares.combine(first) != shares.combine(other):
        raise RuntimeError("two sets of shares gave two master secrets")
    room.shares_are_out()
    if not keep_quiet:
        text = _("recovery shares handed to {people} people, any {needed} of them will do")
        stage.say(text.format(people=HOLDERS, needed=NEEDED))


def _agree(nation: House, province: House) -> bool:
    """Whether both houses make the same key for the same card: they encipher alike."""
    factors = CardFactors(_ANY_CARD, PROVINCE.province or b"")
    for key in card_keys():
        if rows()[key.name].usage == USAGE_AUTHENTICATION:
            values = {
                house.custodian.authentication_value(key, factors, bytes(8), bytes(8))
                for house in (nation, province)
            }
            if len(values) != 1:
                return False
    return True


def _years(stage: Stage) -> tuple[date, date]:
    today = day_of(stage.province.registry.clock())
    return today, today.replace(year=today.year + YEARS, day=min(today.day, 28))
