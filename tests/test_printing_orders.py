"""What is printed from the registry: the right words, for the right roles, into private files."""

from __future__ import annotations

import pypdfium2
import pytest
from applications_bench import COLLECTOR, a_list, pass_all, register_places, released, rows, submit_list
from batch_bench import SETTINGS as CARDS
from batch_bench import world
from registry_bench import EVERYBODY, actor
from sqlalchemy import select
from test_issuer_house import ISSUER, PASSWORDS, run

from issuer.access.actor import Role
from issuer.access.permission import NotPermittedError
from issuer.batches.personalising import personalise_batch
from issuer.cards import losses
from issuer.office import OfficeSettings
from issuer.printing import faces, orders, papers
from issuer.printing.documents import CardPart, LossKind
from issuer.printing.layouts import Layouts
from issuer.registry import auditing
from issuer.registry.errors import NotFoundError
from issuer.registry.schema.cards import card

SETTINGS = OfficeSettings(CARDS.name, CARDS.code, CARDS.city_code)


def words(pdf: bytes) -> str:
    document = pypdfium2.PdfDocument(pdf)
    return "\n".join(page.get_textpage().get_text_bounded() for page in document)


@pytest.fixture
def made(registry, tmp_path):
    """Three applicants from their forms to their cards; numbers of applications, serials, the batch."""
    register_places(registry)
    given = a_list(registry, 3)
    numbers = submit_list(registry, given.raw)
    pass_all(registry, numbers)
    assert released(registry, numbers).held == {}
    hands = world(registry, tmp_path)
    ids = [row["id"] for row in rows(registry)]
    planned = hands.plan(centre="", outlet="", application_ids=ids)
    hands.to_bank(planned.number)
    hands.to_maker(planned.number)
    report = personalise_batch(registry, EVERYBODY, planned.number, settings=CARDS, chips=hands.store)
    assert report.finished == 3
    with registry.transaction(EVERYBODY) as work:
        serials = [row["chip_serial"] for row in work.rows(select(card).order_by(card.c.chip_serial))]
    return given.people, numbers, serials, planned.number


def test_a_face_bears_what_the_holder_applied_with(registry, made):
    people, _numbers, serials, batch = made
    with registry.transaction(actor(Role.PERSONALISER)) as work:
        one = orders.faces(work, SETTINGS, serials)
        all_of_batch = orders.faces_of_batch(work, SETTINGS, batch)
    assert [face.holder_name for face in all_of_batch] == [who.values["holder_name"] for who in people]
    assert {face.chip_serial_number for face in one} == set(serials)
    text = words(faces.face_pdf(all_of_batch[0], Layouts()))
    for part in (people[0].values["holder_name"], people[0].values["document_number"], SETTINGS.name, "TEST"):
        assert part in text
    assert all(face.photo for face, who in zip(all_of_batch, people, strict=True) if who.portrait is not None)


def test_a_form_and_a_pick_up_slip(registry, made):
    people, numbers, serials, _batch = made
    with registry.transaction(COLLECTOR) as work:
        form = orders.form(work, SETTINGS, numbers[1])
    text = words(papers.application_form_pdf(form))
    for part in (numbers[1], people[1].values["holder_name"], people[1].values["document_number"]):
        assert part in text
    assert form.photo is not None
    with registry.transaction(actor(Role.OUTLET_CLERK)) as work:
        slip = orders.pick_up(work, SETTINGS, serials[0], orders.Outlet("示范路1号", "9:00"))
    text = words(papers.pick_up_slip_pdf(slip))
    assert "示范路1号" in text
    assert people[0].values["document_number"] not in text
    with registry.transaction(actor(Role.AUDITOR)) as work:
        told = [(row["action"], row["detail"]) for row in auditing.newest(work, 2)]
    assert told == [("print.pick_up", "{}"), ("print.form", "{}")]


def test_others_print_nothing_and_what_is_not_there_is_said(registry, made):
    with pytest.raises(NotPermittedError), registry.transaction(actor(Role.COLLECTOR)) as work:
        orders.faces(work, SETTINGS, made[2])
    with pytest.raises(NotFoundError, match="card 9999999999"), registry.transaction(EVERYBODY) as work:
        orders.faces(work, SETTINGS, ["9999999999"])
    with pytest.raises(NotFoundError), registry.transaction(EVERYBODY) as work:
        orders.form(work, SETTINGS, "nothing")


def test_the_slip_of_a_loss_has_its_number_and_masks_the_rest():
    assert {kind.upper() for kind in (losses.ORAL, losses.FORMAL)} == {kind.name for kind in LossKind}
    assert {"HEALTH", "BANK"} <= {part.name for part in CardPart}


def test_files_are_for_their_owner_and_refusals_one_line(tmp_path):
    home = tmp_path / "house"
    assert run(home, "init", *ISSUER).exit_code == 0
    people = (
        "operator",
        "add",
        "perso-1",
        "--role",
        "personaliser",
        "--as",
        "admin-1",
        "--second",
        "admin-2",
    )
    assert run(home, *people).exit_code == 0
    out = tmp_path / "face.pdf"
    refused = run(
        home, "print", "face", "0000000001", "--out", str(out), "--as", "perso-1",
        RHC_OPERATOR_PASSWORD=PASSWORDS["RHC_NEW_PASSWORD"],
    )  # fmt: skip
    assert (refused.exit_code, refused.stderr) == (1, "card 0000000001: there is none\n")
    assert refused.stdout == ""
    assert not out.exists()
