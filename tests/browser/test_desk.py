"""The desk in a real browser: drag, click, keyboard, a card pulled while it is written, screen readers."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect
from training_bench import quick_class

from lab.sources import Kind
from lab.training.classroom import Classroom
from reader_client.visits import VisitKind

DESKTOP, TABLET = (1280, 720), (1024, 768)
SERIOUS = ("serious", "critical")


def seat_of(classroom: Classroom):
    (seat,) = classroom.seats()
    return seat


def serious(page: Page) -> list[str]:
    found = Axe().run(page).response["violations"]
    return [
        f"{one['id']}: {[node['target'] for node in one['nodes']][:4]}"
        for one in found
        if one["impact"] in SERIOUS
    ]


def work(page: Page, window: str) -> None:
    page.click(f"#to-{window}")
    expect(page.locator(f"#to-{window}")).to_have_attribute("aria-current", "page")
    page.click("#window form.form .big")
    page.wait_for_selector("#outcome")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_card_is_dragged_in_read_and_dragged_out(open_page, classroom, keep_picture, language):
    page = open_page(language=language)
    keep_picture(page, f"desk-empty-{language}")
    card, bay = page.locator("#card-resident-01"), page.locator("[data-bay=user]")
    card.hover()
    page.mouse.down()
    box = bay.bounding_box()
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + 40, steps=5)
    expect(bay).to_have_class("bay user empty over")
    page.mouse.up()
    page.wait_for_selector("#slot-user")
    assert seat_of(classroom).card_in(Kind.USER).id == "resident-01"
    work(page, "reading")
    expect(page.locator("[data-item=holder_name] dd")).to_have_text("张伟")
    keep_picture(page, f"desk-read-{language}")
    page.locator("#slot-user").hover()
    page.mouse.down()
    page.mouse.move(300, 600, steps=5)
    page.mouse.up()
    page.wait_for_selector("#card-resident-01")
    assert seat_of(classroom).card_in(Kind.USER) is None


def settled(page: Page) -> None:
    """Wait until htmx has bound what it put in: some 20 ms, in which a person presses no key."""
    expect(page.locator(".htmx-request, .htmx-swapping, .htmx-settling, .htmx-added")).to_have_count(0)


def test_everything_goes_by_keyboard(open_page, classroom):
    page = open_page()
    page.locator("#card-resident-02").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#slot-user")).to_be_focused()
    settled(page)
    page.locator("#to-registration").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#to-registration")).to_be_focused()
    expect(page.locator("#to-registration")).to_have_attribute("aria-current", "page")
    settled(page)
    for _step in range(30):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.classList.contains('big')"):
            break
    page.keyboard.press("Enter")
    expect(page.locator("#outcome")).to_be_focused()
    expect(page.locator("#outcome")).to_have_attribute("data-result", "done")
    settled(page)
    page.locator("#open-inside").focus()
    page.keyboard.press("Space")
    expect(page.locator("#trace li").first).to_be_visible()
    settled(page)
    page.locator(".files button").nth(1).focus()
    page.keyboard.press("Enter")
    expect(page.locator(".bytes")).to_contain_text("欧阳明喆")
    settled(page)
    page.locator("#slot-user").focus()
    page.keyboard.press("Enter")
    expect(page.locator("#card-resident-02")).to_be_focused()
    assert [fact.kind for fact in seat_of(classroom).facts.since(1)] == ["inserted", "window", "ejected"]


def test_a_wrong_field_is_focused_with_its_reason(open_page):
    page = open_page(language="en")
    page.click("#to-cashier")
    page.fill("#field-outpatient_number", "9" * 19)
    page.click("#window form.form .big")
    field = page.locator("#field-outpatient_number")
    expect(field).to_be_focused()
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(page.locator("#field-outpatient_number-error")).to_be_visible()
    expect(field).to_have_value("9" * 19)


def test_a_second_page_of_the_seat_follows(open_page):
    page = open_page()
    second = page.context.new_page()
    second.goto(page.url)
    page.click("#card-resident-01")
    second.wait_for_selector("#slot-user")
    second.click("#slot-user")
    page.wait_for_selector("#card-resident-01")


def test_the_language_is_switched_where_one_is(open_page):
    page = open_page(language="en")
    page.click("#to-doctor")
    page.wait_for_url("**/?window=doctor")
    page.click(".languages button")
    expect(page.locator("#window-title")).to_have_text("医生")
    assert page.locator("html").get_attribute("lang") == "zh-CN"


class TestMidWrite:
    """Cards that take as long as real ones."""

    @pytest.fixture
    def classroom(self, tmp_path) -> Classroom:
        return quick_class(tmp_path, pace=0.1)

    def test_the_card_is_pulled_while_it_is_written(self, open_page, classroom, keep_picture):
        page = open_page()
        page.click("#card-resident-06")
        page.wait_for_selector("#slot-user")
        page.click("#to-cashier")
        page.wait_for_selector("#field-outpatient_number")
        page.click("#open-inside")
        page.wait_for_selector("#trace", state="attached")
        page.click("#window form.form .big")
        # the record itself is being written: the flag of its slot comes after it
        expect(page.locator("#trace li", has_text="ED01").first).to_be_visible()
        expect(page.locator("#lamp-work .lamp.busy")).to_be_visible()
        keep_picture(page, "mid-write")
        page.click("#slot-user")
        expect(page.locator("#outcome")).to_have_attribute("data-result", "refused")
        expect(page.locator("#lamp-work .lamp.busy")).to_have_count(0)
        seat = seat_of(classroom)
        pulled, ended = seat.facts.since()[-2:]
        assert (pulled.kind, pulled.what) == ("ejected", {"card": "resident-06", "during": "cashier"})
        assert (ended.what["result"], ended.what["error"]) == ("cut", "VisitCutError")
        with seat.examine("resident-06") as session:
            assert session.valid_slots(VisitKind.OUTPATIENT) == []


@pytest.mark.parametrize(("language", "size"), [("zh", DESKTOP), ("en", TABLET)])
def test_a_screen_reader_finds_no_serious_fault(open_page, keep_picture, language, size):
    page = open_page(name="", language=language, size=size)
    found = {"start": serious(page)}
    page.fill("#name", "学员")
    page.click(".start .big")
    page.wait_for_selector("#desk")
    page.click("#card-resident-05")
    page.wait_for_selector("#slot-user")
    for window in ("reading", "registration", "doctor", "emergency"):
        work(page, window)
        found[window] = serious(page)
        keep_picture(page, f"{window}-{language}-{size[0]}")
    page.click("#slot-user")
    page.click("#card-lost")
    page.wait_for_selector("#slot-user")
    work(page, "registration")
    found["refused"] = serious(page)
    page.click("#to-cashier")
    page.fill("#field-visit_datetime", "")
    page.click("#window form.form .big")
    page.wait_for_selector("#wrong")
    found["errors"] = serious(page)
    page.click("#open-inside")
    page.wait_for_selector("#trace li")
    page.click(".files button >> nth=1")
    page.wait_for_selector("#bytes h3")
    found["inside"] = serious(page)
    keep_picture(page, f"inside-{language}-{size[0]}")
    assert {where: faults for where, faults in found.items() if faults} == {}


@pytest.mark.parametrize("size", [DESKTOP, TABLET])
def test_nothing_is_wider_than_the_screen(open_page, size):
    page = open_page(language="en", size=size)
    page.click("#card-resident-05")
    page.wait_for_selector("#slot-user")
    for window in ("reading", "cashier", "emergency"):
        work(page, window)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
        assert page.locator("#window").evaluate("one => one.scrollWidth <= one.clientWidth")
