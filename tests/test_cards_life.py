"""The life of cards at the counter.  # spec: issuance_and_ecard A.5"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from decimal import Decimal
from functools import partial

import pytest
from cards_bench import (
    ADMIN,
    BANKER,
    CENTRE,
    CLERK,
    FAR_CLERK,
    OTHER_CLERK,
    SECOND_ADMIN,
    Held,
    audited,
    chip_and_record,
    holder,
    in_use,
    made_card,
)
from registry_bench import Clock
from sqlalchemy import select, update

from card_os.spec.card_list import Mark, Operation, Reason
from card_os.spec.loader import load
from card_os.spec.resident_id import check_character
from issuer.access.permission import NotPermittedError, SecondPersonError
from issuer.applications import persons
from issuer.applications import replacement as applications
from issuer.applications.identity import PersonKey
from issuer.cards import (
    bank,
    ending,
    hand_over,
    identity,
    life,
    listing,
    live,
    losses,
    registration,
    rules,
    slips,
)
from issuer.cards.ending import EndingRefusedError
from issuer.cards.identity import Document, IdentityRefusedError, Presence, Shown
from issuer.cards.life import BANK
from issuer.cards.losses import LossNotUndoneError
from issuer.cards.tries import TriesOverError
from issuer.lists import entries
from issuer.registry.errors import NotFoundError, TakenError, TransitionRefusedError
from issuer.registry.registry import Registry
from issuer.registry.schema.applications import person_alias
from issuer.registry.schema.cards import card, card_event, loss_report, pick_up, replacement

MOTHER = Document("01", "110101190001010014")
CHILD = Document("01", "11010120100101001" + check_character("11010120100101001"))
BIRTH, PHONE = "1900-03-15", "19900000001"
ANSWERS = Shown(Presence.QUESTIONS, answers={"birth_date": BIRTH, "holder_phone_1": PHONE})


def own(held: Held, kind: str = "01") -> Document:
    return Document(kind, held.issued.card_number)


def guardian(held: Held, **other: object) -> Shown:
    shown = Shown(Presence.GUARDIAN, own(held), MOTHER, other_name="王母", relation="5", proof="1")
    return replace(shown, **other)


def passport(held: Held) -> Document:
    """Another document of the holder, under which the master index knows the same person."""
    shown = Document("03", "E00000001")
    key = PersonKey("03", shown.number)
    cells = {"document_type": "03", "document_number": key.number}
    with held.registry.transaction(CLERK) as work:
        digest = persons.digest_of(work, key)
        work.insert(person_alias, person_id=held.person_id, **cells, document_digest=digest, at=work.now)
    return shown


def agent(held: Held) -> Shown:
    return Shown(Presence.AGENT, own(held), MOTHER, other_name="李代")


def listed(held: Held) -> list[tuple[str, str, str]]:
    with held.registry.transaction(CLERK) as work:
        rows = entries.of_card(work, held.id)
    return [(row["mark"], row["operation"], row["reason"]) for row in rows]


def standing(held: Held) -> set[tuple[Mark, Reason]]:
    """What of a card stands on the list."""
    found: dict[str, str] = {}
    for mark, operation, reason in listed(held):
        if operation == Operation.ADD:
            found[mark] = reason
        else:
            found.pop(mark)
    return {(Mark(mark), Reason(reason)) for mark, reason in found.items()}


def lose(held: Held) -> str:
    slip = held.do(losses.report_formal, holder(held))
    assert isinstance(slip, slips.LossSlip)
    return slip.number


# --- making and handing out -------------------------------------------------------------------------------


def test_a_made_card_is_in_the_registry(registry: Registry):
    held = made_card(registry, bank_account="6210000000000001")
    row = held.row()
    assert (row["state"], row["locked"], row["has_pin"]) == ("PERSO", "", False)
    assert (row["card_number"], row["expires_on"]) == ("11010119000315007X", date(2036, 1, 5))
    assert held.codes() == ["A1", "C1"]
    with registry.transaction(CLERK) as work:
        assert life.bank_row(work, held.id)["account"] == "6210000000000001"
        assert registration.counts(work, "网点一") == {"PERSO": 1}
        assert registration.counts(work, "网点二") == {}


def test_a_chip_carries_one_card(registry: Registry):
    made_card(registry)
    for serials in (["0000000009", "0000000001"], ["0000000009", "0000000009"]):
        with pytest.raises(TakenError, match=f"card {serials[1]}"), registry.transaction(CLERK) as work:
            registration.register_all(work, [_like(serial) for serial in serials])
    with registry.transaction(CLERK) as work:
        assert registration.register_all(work, []) == []
        assert registration.counts(work) == {"PERSO": 1}


def _like(serial: str = "0000000001") -> registration.MadeCard:
    issued = replace(chip_and_record()[1], chip_serial=serial)
    ids = {"application_id": "a", "person_id": "p", "chip_id": "c"}
    return registration.MadeCard(**ids, issued=issued, city_code="110000", outlet="x")


def test_who_picks_up_shows_who_they_are_and_gets_a_slip(registry: Registry):
    held = made_card(registry)
    slip = held.do(hand_over.pick_up, holder(held))
    assert isinstance(slip, slips.PickUpSlip)
    assert (slip.number, slip.holder_name, slip.taken_by) == ("LQ-20260302-000001", "张伟", "张伟")
    assert held.state == "ISSUED"
    assert held.codes()[-1] == "08"
    with registry.transaction(CLERK) as work:
        (kept,) = work.rows(select(pick_up))
    assert kept["by"] == {"presence": "holder", "holder": {"type": "01", "number": "11010119000315007X"}}
    assert "11010119000315007X" not in repr(slip)


def test_a_guardian_picks_up_with_both_documents_and_a_proof(registry: Registry):
    held = made_card(registry)
    slip = held.do(hand_over.pick_up, guardian(held))
    assert isinstance(slip, slips.PickUpSlip)
    assert (slip.taken_by, slip.presence) == ("王母", "guardian")


REFUSED = [
    (lambda held: Shown(Presence.HOLDER), "the holder's document is missing"),
    (lambda held: Shown(Presence.HOLDER, MOTHER), "not that of the holder"),
    (lambda held: Shown(Presence.HOLDER, own(held, "03")), "not that of the holder"),
    (lambda held: Shown(Presence.HOLDER, own(held, "77")), "not that of the holder"),
    (agent, "takes one of guardian, holder in person"),
    (lambda held: ANSWERS, "takes one of guardian, holder in person"),
    (lambda held: guardian(held, other=None), "name and document of the one who comes are missing"),
    (lambda held: guardian(held, other_name=" "), "name and document of the one who comes are missing"),
    (lambda held: guardian(held, other=own(held)), "must be another person"),
    (lambda held: guardian(held, other=passport(held)), "must be another person"),
    (lambda held: guardian(held, other=Document("01", "110101190001010015")), "check character"),
    (lambda held: guardian(held, other=CHILD), "must be 18 or older"),
    (lambda held: guardian(held, relation="0"), "relation: one of the codes 5"),
    (lambda held: guardian(held, proof=""), "proof: one of the codes 1"),
]


def test_who_may_not_pick_up(registry: Registry):
    held = made_card(registry)
    for shown, reason in REFUSED:
        with pytest.raises(IdentityRefusedError, match=reason) as told:
            held.do(hand_over.pick_up, shown(held))
        assert held.issued.card_number not in str(told.value)
    assert (held.state, held.codes()) == ("PERSO", ["A1"])


def test_a_child_comes_with_a_guardian(registry: Registry, clock: Clock):
    held = made_card(registry)
    clock.now = clock.now.replace(year=1916, month=3, day=14)
    with pytest.raises(IdentityRefusedError, match="a holder under 16 comes with a guardian"):
        held.do(hand_over.pick_up, holder(held))
    clock.move(days=1)
    held.do(hand_over.pick_up, holder(held))


def test_a_card_that_never_reached_anybody(registry: Registry):
    first, second = made_card(registry), made_card(registry, "02", serial=2)
    with registry.transaction(CLERK) as work:
        registration.destroy_unissued(work, "0000000001", "spoilt")
        registration.lost_on_the_way(work, "0000000002", "parcel lost")
        with pytest.raises(NotFoundError):
            registration.lost_on_the_way(work, "0000000009", "x")
    assert (first.state, second.state) == ("DESTROYED", "CANCELLED")
    assert (standing(first), standing(second)) == (set(), {(Mark.BLACK, Reason.CANCELLED)})


# --- oral loss --------------------------------------------------------------------------------------------


def test_an_oral_loss_is_grey_and_lapses(registry: Registry, clock: Clock):
    held = in_use(registry)
    slip = losses.report_oral(held.begin(), held.id, ANSWERS)
    assert (slip.kind, slip.until, slip.part) == ("oral", clock.now + timedelta(days=10), "health")
    assert held.state == "ORAL_LOSS"
    assert standing(held) == {(Mark.GREY, Reason.LOSS)}
    clock.move(days=10, seconds=-1)
    assert _lapse(registry) == 0
    clock.move(seconds=1)
    assert _lapse(registry) == 1
    assert _lapse(registry) == 0
    assert held.state == "ACTIVE"
    assert standing(held) == set()
    assert listed(held)[-1] == ("1", "2", "2")
    assert held.codes()[-2:] == ["01", "A2"]


def _lapse(registry: Registry) -> int:
    with registry.transaction(CLERK) as work:
        return losses.lapse_due(work)


def test_wrong_answers_cost_tries_even_though_nothing_else_is_kept(registry: Registry, clock: Clock):
    held = in_use(registry)
    wrong = replace(ANSWERS, answers={"birth_date": BIRTH, "holder_phone_1": "19900000009"})
    for _turn in range(5):
        with pytest.raises(IdentityRefusedError, match="2 right answers and no wrong one"):
            losses.report_oral(held.begin(), held.id, wrong)
    with pytest.raises(TriesOverError, match="no try is left"):
        losses.report_oral(held.begin(), held.id, ANSWERS)
    assert held.state == "ACTIVE"
    clock.move(hours=24)
    losses.report_oral(held.begin(), held.id, ANSWERS)


def test_what_answers_are_not_enough(registry: Registry):
    held = in_use(registry)
    with registry.transaction(ADMIN, SECOND_ADMIN) as work:
        rules.set_rule(work, "tries", "100")
    for answers in (
        {},
        {"birth_date": BIRTH},
        {"birth_date": BIRTH, "holder_phone_1": ""},
        {"birth_date": BIRTH, "holder_phone_1": PHONE, "address_1": "wrong"},
        {"birth_date": BIRTH, "resident_id_number": "11010119000315007X"},
        {"birth_date": BIRTH, "holder_phone_2": ""},
    ):
        with pytest.raises(IdentityRefusedError):
            losses.report_oral(held.begin(), held.id, replace(ANSWERS, answers=answers))
    assert (held.state, listed(held)) == ("ACTIVE", [])


# --- written loss, and undoing ----------------------------------------------------------------------------


def test_a_written_loss_is_black_and_undone_by_its_slip(registry: Registry):
    held = in_use(registry)
    for who in (holder, guardian, agent):
        slip = held.do(losses.report_formal, who(held))
        assert isinstance(slip, slips.LossSlip)
        assert (slip.kind, slip.until, slip.holder_name) == ("formal", None, "张伟")
        assert standing(held) == {(Mark.BLACK, Reason.LOSS)}
        assert losses.undo_loss(held.begin(OTHER_CLERK), held.id, f" {slip.number.lower()} ") == "ACTIVE"
        assert standing(held) == set()
        assert listed(held)[-1] == ("0", "2", "2")
        assert held.codes()[-2:] == ["02", "05"]


def test_an_oral_loss_becomes_a_written_one(registry: Registry, clock: Clock):
    held = in_use(registry)
    oral = losses.report_oral(held.begin(), held.id, ANSWERS)
    slip = lose(held)
    assert standing(held) == {(Mark.BLACK, Reason.LOSS)}
    clock.move(days=30)
    assert _lapse(registry) == 0
    with pytest.raises(LossNotUndoneError, match="not the slip of this loss"):
        losses.undo_loss(held.begin(), held.id, oral.number)
    assert losses.undo_loss(held.begin(), held.id, slip) == "ACTIVE"


def test_an_oral_loss_is_undone_by_its_slip_too(registry: Registry):
    held = in_use(registry)
    slip = losses.report_oral(held.begin(), held.id, holder(held))
    assert losses.undo_loss(held.begin(), held.id, slip.number) == "ACTIVE"
    assert standing(held) == set()


def test_tries_for_a_slip_are_limited(registry: Registry, clock: Clock):
    held = in_use(registry)
    slip = lose(held)
    other = slips.LOSS + "-20260302-00000000-" + slips.check_digit("2026030200000000")
    for _turn in range(5):
        with pytest.raises(LossNotUndoneError, match="not the slip"):
            losses.undo_loss(held.begin(), held.id, other)
    with pytest.raises(TriesOverError):
        losses.undo_loss(held.begin(), held.id, slip)
    clock.move(hours=24)
    assert losses.undo_loss(held.begin(), held.id, slip) == "ACTIVE"
    with registry.transaction(CLERK) as work:
        rows = work.rows(select(loss_report.c.slip_digest, loss_report.c.ended_by))
    assert [row["ended_by"] for row in rows] == ["card.undo_loss"]
    assert slip.encode() not in bytes(rows[0]["slip_digest"])


def test_a_slip_of_the_pen_costs_no_try(registry: Registry):
    held = in_use(registry)
    slip = lose(held)
    for typed in ("", "x", slip[:-1], slip[:-1] + str((int(slip[-1]) + 1) % 10), slip[:12] + "x" + slip[13:]):
        for _turn in range(3):
            with pytest.raises(slips.SlipFormError):
                losses.undo_loss(held.begin(), held.id, typed)
    assert losses.undo_loss(held.begin(), held.id, slip) == "ACTIVE"


def test_only_the_office_that_took_the_report_undoes_it(registry: Registry):
    held = in_use(registry)
    slip = lose(held)
    with pytest.raises(LossNotUndoneError, match="the report was taken by 测试机构"):
        losses.undo_loss(held.begin(FAR_CLERK), held.id, slip)
    assert held.state == "FORMAL_LOSS"


def test_a_loss_may_be_undone_by_nobody_else(registry: Registry):
    held = in_use(registry)
    slip = lose(held)
    with pytest.raises(NotPermittedError):
        losses.undo_loss(held.begin(BANKER), held.id, slip)


# --- the two parts ----------------------------------------------------------------------------------------


def test_the_bank_part_is_lost_apart(registry: Registry, clock: Clock):
    held = in_use(registry, bank_account="6210")
    slip = losses.report_oral(held.begin(BANKER), held.id, ANSWERS, BANK)
    assert slip.until == clock.now + timedelta(days=5)
    assert (_bank(held), held.state, listed(held)) == ("ORAL_LOSS", "ACTIVE", [])
    held.do(losses.report_formal, holder(held))
    assert (_bank(held), held.state) == ("ORAL_LOSS", "FORMAL_LOSS")
    clock.move(days=5)
    assert _lapse(registry) == 1
    assert (_bank(held), held.state) == ("ACTIVE", "FORMAL_LOSS")
    formal = held.do(losses.report_formal_bank, holder(held), who=BANKER)
    assert isinstance(formal, slips.LossSlip)
    with pytest.raises(LossNotUndoneError):
        losses.undo_loss(held.begin(), held.id, formal.number)
    assert losses.undo_loss(held.begin(), held.id, formal.number, BANK) == "ACTIVE"


def test_the_bank_part_is_locked_and_reopened_and_closed(registry: Registry):
    held = in_use(registry, bank_account="6210")
    assert held.do(bank.lock, "fraud", who=BANKER) == "LOCKED"
    with pytest.raises(TransitionRefusedError):
        losses.report_oral(held.begin(), held.id, ANSWERS, BANK)
    assert held.do(bank.unlock, "settled", who=BANKER) == "ACTIVE"
    assert held.do(bank.close, "moved", who=BANKER) == "CLOSED"
    assert held.state == "ACTIVE"
    with registry.transaction(BANKER) as work:
        assert listing.mismatches(work) == [
            {"chip_serial": "0000000001", "state": "ACTIVE", "bank_state": "CLOSED"}
        ]
        told = [row["action"] for row in listing.notices(work)]
        assert told == ["bank.activate", "bank.lock", "bank.unlock", "bank.close"]
        assert [row["action"] for row in listing.notices(work, after=2)] == told[2:]
    with pytest.raises(NotPermittedError):
        held.do(bank.lock, "x")


def test_the_bank_hears_of_a_cancelled_card(registry: Registry):
    held = in_use(registry, bank_account="6210")
    held.do(ending.cancel, "lost", shown=holder(held))
    with registry.transaction(BANKER) as work:
        assert listing.notices(work)[-1]["action"] == "card.cancel"
        assert listing.mismatches(work)[0]["bank_state"] == "ACTIVE"


def test_a_card_without_a_bank_part(registry: Registry):
    held = in_use(registry)
    with pytest.raises(NotFoundError, match="bank part of card"):
        losses.report_oral(held.begin(), held.id, ANSWERS, BANK)


def _bank(held: Held) -> str:
    with held.registry.transaction(CLERK) as work:
        return str(life.bank_row(work, held.id)["state"])


# --- cancellation, misuse, expiry, destruction ------------------------------------------------------------


def test_cancellation_is_final(registry: Registry):
    held = in_use(registry)
    slip = lose(held)
    held.do(ending.cancel, "lost", shown=agent(held))
    assert held.state == "CANCELLED"
    assert standing(held) == {(Mark.BLACK, Reason.CANCELLED)}
    with pytest.raises(TransitionRefusedError, match="is not possible in state CANCELLED"):
        losses.undo_loss(held.begin(), held.id, slip)
    for service, *more in (
        (losses.report_formal, holder(held)),
        (hand_over.pick_up, holder(held)),
    ):
        with pytest.raises(TransitionRefusedError):
            held.do(service, *more)
    with registry.transaction(CLERK) as work:
        (report,) = work.rows(select(loss_report.c.ended_by))
        assert report["ended_by"] == "card.cancel"


def test_death_is_proved_and_the_proof_is_sealed(registry: Registry):
    held = in_use(registry)
    held.do(ending.cancel, "death", proof=" 死亡证明 2026-17 ")
    with registry.transaction(CLERK) as work:
        rows = work.rows(select(card_event).where(card_event.c.action == "card.cancel"))
        raw = work.connection.execute(select(card_event.c.evidence).where(card_event.c.id == rows[0]["id"]))
        assert "死亡".encode() not in bytes(raw.scalar_one())
    assert (rows[0]["evidence"], rows[0]["reason"]) == ({"proof": "死亡证明 2026-17"}, "death")


def test_what_a_cancellation_takes(registry: Registry):
    held = in_use(registry)
    for reason, more, text in (
        ("whim", {}, "the reason must be one of damaged, lost"),
        ("death", {"proof": " "}, "takes a proof"),
        ("lost", {}, "somebody shows a document"),
    ):
        with pytest.raises(EndingRefusedError, match=text):
            held.do(ending.cancel, reason, **more)
    with pytest.raises(IdentityRefusedError):
        held.do(ending.cancel, "lost", shown=ANSWERS)
    assert (held.state, listed(held)) == ("ACTIVE", [])


def test_misuse_is_black_with_reason_4_at_once(registry: Registry):
    held = in_use(registry)
    losses.report_oral(held.begin(), held.id, ANSWERS)
    for text in (" ", "x" * 201):
        with pytest.raises(EndingRefusedError, match="1 to 200 characters"):
            held.do(ending.blacklist, text, who=CENTRE)
    with pytest.raises(NotPermittedError):
        held.do(ending.blacklist, "lent to others")
    held.do(ending.blacklist, "lent to others", who=CENTRE)
    assert held.state == "BLACKLISTED"
    assert standing(held) == {(Mark.BLACK, Reason.ILLEGAL_USE)}
    assert _lapse(registry) == 0


def test_the_last_day_is_a_good_one(registry: Registry, clock: Clock):
    held = in_use(registry)
    # 5 January 2036 ends at 16:00 UTC in China
    clock.now = clock.now.replace(year=2036, month=1, day=5, hour=15, minute=59)
    assert _expire(registry) == 0
    clock.move(minutes=1)
    losses.report_oral(held.begin(), held.id, ANSWERS)
    assert _expire(registry) == 1
    assert (held.state, standing(held)) == ("EXPIRED", set())
    assert _expire(registry) == 0
    clock.move(days=11)
    assert _lapse(registry) == 0


def test_an_expired_card_that_was_lost_stays_black(registry: Registry, clock: Clock):
    held = in_use(registry)
    lose(held)
    clock.now = clock.now.replace(year=2036, month=1, day=6)
    assert _expire(registry) == 1
    assert standing(held) == {(Mark.BLACK, Reason.LOSS)}


def _expire(registry: Registry) -> int:
    with registry.transaction(CLERK) as work:
        return ending.expire_due(work)


def test_destruction_takes_two_people_and_a_card_that_is_over(registry: Registry):
    held = in_use(registry)
    with pytest.raises(TransitionRefusedError):
        held.do(ending.destroy, second=OTHER_CLERK)
    held.do(ending.cancel, "damaged", shown=holder(held))
    for second in (None, CLERK, CENTRE):
        with pytest.raises(SecondPersonError):
            held.do(ending.destroy, second=second)
    held.do(ending.destroy, "cut", second=OTHER_CLERK)
    assert (held.state, held.codes()[-1]) == ("DESTROYED", "A9")
    assert standing(held) == {(Mark.BLACK, Reason.CANCELLED)}


# --- replacement ------------------------------------------------------------------------------------------


@pytest.fixture
def ordered(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """What was asked of the room of applications."""
    asked: list[tuple[str, ...]] = []

    def apply(_work: object, card_id: str, business: str, point: str) -> str:
        asked.append((card_id, business, point))
        return f"A{len(asked)}"

    monkeypatch.setattr(applications, "apply_for_replacement", apply)
    return asked


def test_a_lost_card_is_cancelled_and_replaced_in_one_act(registry: Registry, ordered: list[tuple[str, ...]]):
    held = in_use(registry)
    with pytest.raises(EndingRefusedError, match="it is ACTIVE: cancel it or report it lost first"):
        held.do(ending.replace, "P1")
    lose(held)
    found = held.do(ending.replace, "P1")
    assert found == ending.Replacement("A1", "05", Decimal("15.00"))
    assert ordered == [(held.id, "05", "P1")]
    assert (held.state, standing(held)) == ("CANCELLED", {(Mark.BLACK, Reason.CANCELLED)})
    with registry.transaction(CLERK) as work:
        (row,) = work.rows(select(replacement))
    assert (row["fee"], row["business"]) == ("15.00", "05")


def test_what_fails_in_the_application_leaves_the_card_as_it_was(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
):
    held = in_use(registry)
    lose(held)

    def refuse(*_any: object) -> str:
        raise TakenError(kind="application", name="A7")

    monkeypatch.setattr(applications, "apply_for_replacement", refuse)
    with pytest.raises(TakenError):
        held.do(ending.replace, "P1")
    assert (held.state, standing(held)) == ("FORMAL_LOSS", {(Mark.BLACK, Reason.LOSS)})


def test_a_fault_of_the_maker_costs_nothing(registry: Registry, ordered: list[tuple[str, ...]]):
    held = in_use(registry)
    held.do(ending.cancel, "damaged", shown=holder(held))
    held.do(ending.destroy, second=OTHER_CLERK)
    assert held.do(ending.replace, "P1", warranty=True) == ending.Replacement("A1", "07", Decimal("0.00"))


def test_the_fee_is_a_figure_that_two_people_may_set(registry: Registry, ordered: list[tuple[str, ...]]):
    held = in_use(registry)
    for value in ("-1", "1.005", "x", "NaN", "Infinity", "10001"):
        with pytest.raises(rules.RuleRefusedError), registry.transaction(ADMIN, SECOND_ADMIN) as work:
            rules.set_rule(work, "replacement_fee", value)
    with pytest.raises(SecondPersonError), registry.transaction(ADMIN) as work:
        rules.set_rule(work, "replacement_fee", "20")
    with registry.transaction(ADMIN, SECOND_ADMIN) as work:
        assert rules.set_rule(work, "replacement_fee", "20") == Decimal("20.00")
        rules.set_rule(work, "replacement_fee", "12.5")
        with pytest.raises(rules.RuleRefusedError, match="a number of days from 1"):
            rules.set_rule(work, "oral_loss_days", "0")
        rules.set_rule(work, "oral_loss_days", "3")
        with pytest.raises(NotFoundError):
            rules.set_rule(work, "other", "1")
        named = {row["name"]: row for row in rules.listed(work)}
    assert (named["replacement_fee"]["value"], named["replacement_fee"]["default"]) == (
        Decimal("12.50"),
        Decimal("15.00"),
    )
    assert audited(registry, "replacement_fee") == ["card.set_rule"] * 2
    slip = losses.report_oral(held.begin(), held.id, ANSWERS)
    assert slip.until is not None
    assert (slip.until - slip.at).days == 3
    held.do(ending.cancel, "lost", shown=holder(held))
    found = held.do(ending.replace, "P1")
    assert isinstance(found, ending.Replacement)
    assert found.fee == Decimal("12.50")


# --- what is asked of cards -------------------------------------------------------------------------------


HEARD = {
    "PERSO": "1015", "ISSUED": "1015", "ACTIVE": "", "ORAL_LOSS": "24", "FORMAL_LOSS": "24",
    "APP_LOCKED": "1014", "BLOCKED": "1014", "BLACKLISTED": "12", "CANCELLED": "23", "DESTROYED": "23",
    "EXPIRED": "1016",
}  # fmt: skip


def test_what_a_terminal_hears(registry: Registry):
    made_card(registry)
    with registry.transaction(CLERK) as work:
        for state, answer in HEARD.items():
            work.connection.execute(update(card).values(state=state))
            found = listing.status(work, "11010119000315007x", "0000000001")
            assert (found.answer, found.usable) == (answer, answer == ""), state
        for number, serial in (("310101190011280197", "0000000001"), ("11010119000315007X", "0000000002")):
            assert listing.status(work, number, serial).answer == "1015"
    assert set(HEARD) == life.STATES.states


def test_every_state_has_its_answer_and_every_action_its_code():
    assert set(listing.answers()) == life.STATES.states | {""}
    verbs = {name for _state, name in (*life.STATES.next, *life.BANK_STATES.next)}
    assert verbs <= set(life.operations())
    assert life.STATES.states == live.LIVE | live.REPLACEABLE
    assert not live.LIVE & live.REPLACEABLE
    assert {row.needs for row in ending.reasons().values()} == {"person", "proof"}
    assert set(identity.QUESTIONS) <= set(load("health_card").items)


def test_a_card_is_found_by_its_holder_and_shown_without_the_number(registry: Registry):
    held = in_use(registry, bank_account="6210")
    with registry.transaction(CLERK) as work:
        (found,) = listing.find(work, "02", "11010119000315007x")
        assert (found["id"], found["card_number"]) == (held.id, "**************007X")
        assert listing.find(work, "01", "310101190011280197") == []
        assert listing.cancelled(work, "01", "11010119000315007X") == []
        assert live.live_card_of(work, "01", "11010119000315007X") == live.LiveCard(
            held.id, "ACTIVE", "0000000001"
        )
    held.do(ending.cancel, "lost", shown=holder(held))
    with registry.transaction(CLERK) as work:
        assert [row["id"] for row in listing.cancelled(work, "01", "11010119000315007X")] == [held.id]
        assert live.live_card_of(work, "01", "11010119000315007X") is None
        shown = listing.show(work, held.id)
    assert (shown["state"], shown["bank_state"]) == ("CANCELLED", "ACTIVE")
    assert shown["possible"] == ("card.destroy",)
    assert [row["code"] for row in shown["events"]] == ["A1", "C1", "08", "03", "C2", "04"]
    assert "11010119000315007X" not in str(shown)


def test_slip_numbers_look_alike_and_differ():
    assert slips.check_digit("2026030248392017") in "0123456789"
    # ISO/IEC 7064 MOD 11,10: 0794 has the check digit 5
    assert slips.check_digit("0794") == "5"


def test_those_who_work_at_the_same_time_do_not_wait_crosswise(registry: Registry):
    """Two clerks and a maker at once: each card takes each step once, and nobody is thrown out."""
    cards = [in_use(registry, "01", serial=1), in_use(registry, "02", serial=2)]
    known = [chip_and_record("03", serial)[1] for serial in range(3, 9)]
    with registry.transaction(CLERK) as work:
        ids = {"application_id": cards[0].application_id, "person_id": cards[0].person_id}
        chip_id = work.get(card, cards[0].id)["chip_id"]
    troubles: list[BaseException] = []

    def tried(do: Callable[[], object]) -> None:
        try:
            do()
        except BaseException as error:
            troubles.append(error)

    def lose_and_find(held: Held) -> None:
        for _turn in range(6):
            slip = held.do(losses.report_formal, holder(held))
            losses.undo_loss(held.begin(), held.id, slip.number)  # type: ignore[attr-defined]

    def make() -> None:
        for issued in known:
            made = registration.MadeCard(
                **ids, chip_id=chip_id, issued=issued, city_code="110000", outlet="x"
            )
            with registry.transaction(CLERK) as work:
                registration.register(work, made)

    threads = [threading.Thread(target=tried, args=(partial(lose_and_find, held),)) for held in cards]
    threads.append(threading.Thread(target=tried, args=(make,)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert troubles == []
    assert [held.codes().count("02") for held in cards] == [6, 6]
    with registry.transaction(CLERK) as work:
        assert registration.counts(work) == {"ACTIVE": 2, "PERSO": 6}
