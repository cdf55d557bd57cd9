"""Acts on a chip: activation, locking and unlocking an application, blocking the card, a new holder PIN.

Each has three parts. The order is kept in the registry (`chip_act`, OPEN) before the chip is touched; the
chip obeys; the registry takes the step and closes the order (DONE). Where power, line or database fail in
between, the order stays OPEN and the card in its state. As soon as the card is in a reader again, `settle`
looks at the chip: what was done is entered, what was not is WITHDRAWN. So the registry never claims what the
chip did not do, and nothing that was done to a chip is forgotten.

Whether a new PIN was set cannot be seen from outside: such an order is withdrawn, and the PIN set again.
# spec: issuance_and_ecard A.5; commands_and_crypto 5.3; order of the parts ours
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from sqlalchemy import select

from card_os.spec import loader
from card_os.spec.errors import Phrase, PlainError
from card_os.spec.model import Profile
from issuer.access.permission import action
from issuer.cards import identity, life
from issuer.cards.chip_desk import LOCKABLE, CardInReader, ChipDesk, WrongCardError, packed_pin
from issuer.cards.life import BANK, Begin
from issuer.personalisation.card_script import PROFILE
from issuer.personalisation.chip import PersonalisationError
from issuer.registry.day import day_of
from issuer.registry.schema.cards import chip_act
from issuer.registry.work import Row, Work, first_of

OPEN, DONE, WITHDRAWN = "OPEN", "DONE", "WITHDRAWN"
MOST_TEXT = 200
_IN_USE = frozenset({"ACTIVE", "APP_LOCKED"})
_ACTIVATE, _RESET_PIN = "card.activate", "card.reset_pin"
_LOCK, _UNLOCK, _BLOCK = "card.lock", "card.unlock", "card.block"


class ChipActRefusedError(PlainError):
    """An order to a chip that cannot be given so; the chip was not touched."""

    template = "card {name}: {reason}"


@dataclass(frozen=True, slots=True)
class _Order:
    """What is ordered: the action, the application it is for, why, and who was there."""

    action: str
    target: str = ""
    reason: str = ""
    shown: identity.Shown | None = field(default=None, repr=False)


def activate(begin: Begin, card_id: str, desk: ChipDesk, pin: str | None = None) -> str:
    """Put a card into use: it is the right one and genuine, and its holder has chosen a PIN where it has one.

    The new state comes back. Raises NotFoundError, TransitionRefusedError, ChipActRefusedError, PinFormError,
    WrongCardError and the errors of the chip.  # spec: issuance_and_ecard A.5 ISSUED→ACTIVE
    """
    with begin() as work:
        row = _check_activation(work, card_id, pin)
    packed = packed_pin(_profile(desk), pin) if pin is not None else None

    def order(card: CardInReader) -> None:
        card.check_contents(row["card_number"])
        card.check_genuine()
        if packed is not None:
            card.set_pin(packed)

    return _perform(begin, card_id, desk, _Order(_ACTIVATE), order)


def lock(begin: Begin, card_id: str, application: str, desk: ChipDesk, reason: str) -> str:
    """Lock an application, such as DF03, on the chip; returns the new state. Raises as `activate`."""
    order = _Order(_LOCK, application, reason)
    return _perform(begin, card_id, desk, order, lambda card: card.lock(application))


def unlock(begin: Begin, card_id: str, application: str, desk: ChipDesk, reason: str) -> str:
    """Unlock an application on the chip; returns the new state. Raises as `activate`."""
    order = _Order(_UNLOCK, application, reason)
    return _perform(begin, card_id, desk, order, lambda card: card.unlock(application))


def block(begin: Begin, card_id: str, desk: ChipDesk, reason: str) -> str:
    """Block a card for ever; takes two people. Returns the new state; raises as `activate`."""
    return _perform(begin, card_id, desk, _Order(_BLOCK, "MF", reason), CardInReader.block)


def reset_pin(begin: Begin, card_id: str, desk: ChipDesk, pin: str, shown: identity.Shown) -> str:
    """Give the holder, who is there, a new PIN with all tries; returns the state, which stays.

    Raises as `activate`, and IdentityRefusedError.
    """
    packed = packed_pin(_profile(desk), pin)
    order = _Order(_RESET_PIN, shown=shown)
    return _perform(begin, card_id, desk, order, lambda card: card.set_pin(packed))


def authenticate(begin: Begin, card_id: str, desk: ChipDesk) -> None:
    """See whether the card in the reader is this one, and genuine; an event of the card.

    Raises NotFoundError, WrongCardError and the errors of the chip.  # spec: issuance_and_ecard A.5 S16 06
    """
    with begin() as work:
        work.permit("card.authenticate")
        row = life.card_row(work, card_id)
        card = CardInReader.recognise(desk, row, work.custodian)
    card.check_contents(row["card_number"])
    card.check_genuine()
    with begin() as work:
        _authenticated(work, card_id)


@dataclass(frozen=True, slots=True)
class Settled:
    """An order that was open, and whether the chip had obeyed it."""

    action: str
    target: str
    done: bool


def settle(begin: Begin, card_id: str, desk: ChipDesk) -> Settled | None:
    """Find out on the chip what became of an order that was cut off, and close it; None where none is open.

    Raises as the act itself does.
    """
    with begin() as work:
        row = life.card_row(work, card_id)
        act = _open_act(work, card_id)
        if act is None:
            return None
        work.permit(act["action"])
        card = CardInReader.recognise(desk, row, work.custodian)
    done = _was_done(card, act)
    with begin() as work:
        _close(work, act["id"], done=done)
    return Settled(act["action"], act["target"], done)


def _perform(
    begin: Begin,
    card_id: str,
    desk: ChipDesk,
    order: _Order,
    do: Callable[[CardInReader], None],
) -> str:
    with begin() as work:
        work.permit(order.action)
    wanted = Settled(order.action, order.target, done=True)
    if settle(begin, card_id, desk) == wanted:
        return _state(begin, card_id)
    with begin() as work:
        row = life.card_row(work, card_id)
        card = CardInReader.recognise(desk, row, work.custodian)
        act_id = _keep(work, row, order)
    try:
        do(card)
    except (PersonalisationError, WrongCardError):
        # the chip has spoken: whatever it said, what it did can be seen
        if settle(begin, card_id, desk) != wanted:
            raise
        return _state(begin, card_id)
    with begin() as work:
        _close(work, act_id, done=True)
    return _state(begin, card_id)


def _state(begin: Begin, card_id: str) -> str:
    with begin() as work:
        return str(life.card_row(work, card_id)["state"])


def _keep(work: Work, row: Row, order: _Order) -> str:
    """Keep an order before the chip is touched; raises ChipActRefusedError, TransitionRefusedError."""
    _check(work, row, order)
    shown = order.shown
    evidence = identity.check(work, row, shown, identity.IN_PERSON) if shown else None
    act_id = work.insert(
        chip_act,
        card_id=row["id"],
        action=order.action,
        target=order.target,
        reason=order.reason.strip()[:MOST_TEXT],
        evidence=evidence,
        state=OPEN,
        operator=work.actor.name,
        at=work.now,
    )
    work.record(order.action, "chip_act", act_id, card=row["id"], target=order.target, part="ordered")
    return act_id


def _check(work: Work, row: Row, order: _Order) -> None:
    if _open_act(work, row["id"]) is not None:
        raise _refused(row, Phrase("another order to its chip is still open"))
    if order.action == _RESET_PIN:
        if row["state"] not in _IN_USE:
            raise _refused(
                row, Phrase("a card in use gets a new PIN, this one is {state}", state=row["state"])
            )
        if not row["has_pin"]:
            raise _refused(row, Phrase("it has no holder PIN"))
        return
    life.possible(row, _verb(row, order.action, order.target))
    if order.action in (_LOCK, _UNLOCK):
        if order.target not in LOCKABLE:
            raise _refused(row, Phrase("one of {known} can be locked", known=", ".join(LOCKABLE)))
        if (order.target in row["locked"].split()) == (order.action == _LOCK):
            raise _refused(row, Phrase("{target} is in that state already", target=order.target))
    if order.action not in (_ACTIVATE, _UNLOCK) and not order.reason.strip():
        raise _refused(row, Phrase("it takes a reason"))


def _check_activation(work: Work, card_id: str, pin: str | None) -> Row:
    work.permit(_ACTIVATE)
    row = life.card_row(work, card_id)
    life.possible(row, "activate")
    if row["expires_on"] < day_of(work.now):
        raise _refused(row, Phrase("it expired on {day}", day=row["expires_on"].isoformat()))
    if row["has_pin"] and pin is None:
        raise _refused(row, Phrase("its holder must choose a PIN"))
    if not row["has_pin"] and pin is not None:
        raise _refused(row, Phrase("it has no holder PIN"))
    return row


def _was_done(card: CardInReader, act: Row) -> bool:
    if act["action"] == _BLOCK:
        return card.is_blocked()
    if act["action"] in (_LOCK, _UNLOCK):
        return card.is_locked(act["target"]) is (act["action"] == _LOCK)
    return False


def _close(work: Work, act_id: str, *, done: bool) -> None:
    """Close an order; where the chip has obeyed, the card takes its step."""
    act = work.get(chip_act, act_id, lock=True)
    work.permit(act["action"])
    work.update(chip_act, act_id, state=DONE if done else WITHDRAWN, ended_at=work.now)
    if not done:
        work.record(act["action"], "chip_act", act_id, card=act["card_id"], part="withdrawn")
        return
    row = life.card_row(work, act["card_id"])
    if act["action"] == _RESET_PIN:
        life.happened(work, row["id"], _RESET_PIN, evidence=act["evidence"])
        work.record(_RESET_PIN, "card", row["id"])
        return
    verb = _verb(row, act["action"], act["target"])
    life.step(work, row, verb, reason=act["reason"], locked=_locked_after(row, act["action"], act["target"]))
    if act["action"] == _ACTIVATE:
        _activate_bank_part(work, row["id"])


def _activate_bank_part(work: Work, card_id: str) -> None:
    """The bank part comes into use with the card, where it has one that the bank has not closed meanwhile."""
    part = life.bank_row(work, card_id) if life.has_bank_part(work, card_id) else None
    if part and part["state"] == "INACTIVE":
        life.step(work, part, "activate", part=BANK)


def _verb(row: Row, name: str, target: str) -> str:
    """The step that an order is: unlocking one of several applications leaves the card locked."""
    verb = name.partition(".")[2]
    return "unlock_part" if verb == "unlock" and set(row["locked"].split()) - {target} else verb


def _locked_after(row: Row, name: str, target: str) -> str:
    locked = set(row["locked"].split())
    if name == _LOCK:
        locked |= {target}
    elif name == _UNLOCK:
        locked -= {target}
    return " ".join(sorted(locked))


def _open_act(work: Work, card_id: str) -> Row | None:
    wanted = select(chip_act).where(chip_act.c.card_id == card_id, chip_act.c.state == OPEN)
    return first_of(work.rows(wanted))


@action("card.authenticate")
def _authenticated(work: Work, card_id: str) -> None:
    life.happened(work, card_id, "card.authenticate")
    work.record("card.authenticate", "card", card_id)


def _profile(desk: ChipDesk) -> Profile:
    return desk.profile or loader.load(PROFILE)


def _refused(row: Row, reason: Phrase) -> ChipActRefusedError:
    return ChipActRefusedError(name=row["id"], reason=reason)
