"""Handing out: who comes for a card shows who they are, and takes a slip home."""

from __future__ import annotations

from issuer.access.permission import action
from issuer.applications import making
from issuer.batches import outlet
from issuer.cards import identity, life, slips
from issuer.registry.schema.cards import pick_up as pick_up_table
from issuer.registry.work import Work


@action("card.pick_up")
def pick_up(work: Work, card_id: str, shown: identity.Shown) -> slips.PickUpSlip:
    """Hand a card out, sealed, to the holder or to a guardian; returns the slip to be signed.

    Raises NotFoundError, TransitionRefusedError and IdentityRefusedError.
    # spec: issuance_and_ecard A.5 PERSO→ISSUED
    """
    row = life.card_row(work, card_id)
    life.possible(row, "pick_up")
    kept = identity.check(work, row, shown, identity.IN_PERSON)
    number = slips.pick_up_number(work)
    who = {"card_id": card_id, "number": number, "by": kept}
    work.insert(pick_up_table, **who, operator=work.actor.name, at=work.now)
    life.step(work, row, "pick_up")
    making.issued(work, row["application_id"])
    outlet.handed_out(work, row["application_id"])
    name = slips.holder_name(work, row)
    return slips.PickUpSlip(
        number=number,
        at=work.now,
        holder_name=name,
        card_number=row["card_number"],
        chip_serial=row["chip_serial"],
        outlet=row["outlet"],
        operator=work.actor.name,
        institution=work.actor.institution,
        taken_by=shown.other_name or name,
        presence=shown.presence.value,
        expires_on=row["expires_on"],
    )
