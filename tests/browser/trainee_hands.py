"""What a trainee does at the page, and how each exercise is done by clicks and keys."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from playwright.sync_api import Page, expect
from training_trainee import APPLICANT, GUARDIAN, LIU, MOTHER, OUYANG, YOUNG_APPLICANT

_FORM = "#window form.form"


class Hands:
    """The hands of a trainee on a page."""

    def __init__(self, page: Page) -> None:
        self.page = page

    def start(self, exercise: str) -> None:
        self.page.click('.top-links a[href="/exercises"]')
        self.page.click(f"#start-{exercise}")
        self.page.wait_for_selector(".exercise .steps")

    def insert(self, card: str) -> None:
        self.page.click(f"#card-{card}")
        expect(self.page.locator(f"#card-{card}")).to_have_count(0)

    def eject(self) -> None:
        self.page.click("#slot-user")
        expect(self.page.locator("#slot-user")).to_have_count(0)

    def fill(self, window: str, **fields: str) -> None:
        """Go to a window and fill its form in."""
        self.page.click(f"#to-{window}")
        expect(self.page.locator(f"#to-{window}")).to_have_attribute("aria-current", "page")
        for name, text in fields.items():
            self._fill(name, text)

    def press(self, *, wait: bool = True) -> None:
        """Press the big button of the window."""
        if wait:
            self.page.evaluate("document.querySelector('#window form.form').dataset.before = '1'")
        self.page.click(f"{_FORM} .big")
        if wait:
            self.page.wait_for_selector(f"{_FORM}:not([data-before])")
            expect(self.page.locator("#outcome")).to_be_visible()

    def work(self, window: str, **fields: str) -> None:
        self.fill(window, **fields)
        self.press()

    def answer(self, step: int, text: str) -> None:
        field = self.page.locator(f"#answer-{step}")
        field.fill(text)
        field.press("Enter")

    def choose(self, step: int, choice: int) -> None:
        self.page.click(f'[data-step="{step}"] button[value="{choice}"]')

    def pass_all(self) -> None:
        """County, centre, bank, release: the page offers one after the other."""
        for _party in range(4):
            self.work("review")

    def issue(self, number: str) -> None:
        self.pass_all()
        self.insert("blank")
        self.work("making")
        self.work("counter", document_number=number)

    def _fill(self, name: str, text: str) -> None:
        field = self.page.locator(f"#field-{name}")
        folded = self.page.locator(f"details:not([open]):has(#field-{name})")
        if folded.count():
            folded.locator("summary").click()
        kind = field.evaluate("field => field.type")
        if kind == "checkbox":
            field.check()
        elif kind == "select-one":
            field.select_option(text)
        else:
            field.fill(text)


def _pulled(hands: Hands) -> None:
    """The card is dragged out while the bar moves; then it is put in again and the record written anew."""
    page = hands.page
    hands.fill("cashier")
    number = page.input_value("#field-outpatient_number")
    page.click("#open-inside")
    page.wait_for_selector("#trace", state="attached")
    hands.press(wait=False)
    # the record itself is being written: the flag of its slot comes after it
    expect(page.locator("#trace li", has_text="ED01").first).to_be_visible()
    hands.eject()
    page.wait_for_selector("#outcome[data-result=refused]")
    page.click("#open-inside")
    hands.insert("resident-06")
    hands.page.fill("#field-outpatient_number", number)
    hands.press()


def _emergency(hands: Hands) -> None:
    hands.insert("resident-07")
    hands.work("emergency")
    hands.answer(2, hands.page.locator("[data-item=allergen_name] dt").first.inner_text())


def _read(hands: Hands) -> None:
    hands.insert("resident-01")
    hands.work("reading")
    hands.answer(3, hands.page.locator("[data-item=holder_phone_1] dd").inner_text())


def _wrong_sam(hands: Hands) -> None:
    hands.work("registration")
    hands.insert("sam-own")
    hands.work("registration")


def _expired(hands: Hands) -> None:
    hands.insert("expired")
    hands.work("registration")
    hands.answer(2, hands.page.locator("#outcome .answer").inner_text().split()[-1].strip("驱动应答"))
    hands.insert("resident-01")
    hands.work("registration")


def _lost(hands: Hands) -> None:
    hands.insert("lost")
    hands.work("registration")
    hands.choose(2, 2)
    hands.eject()


def _grey(hands: Hands) -> None:
    hands.work("registration")
    hands.work("registration", id_checked="true")


def _foreign(hands: Hands) -> None:
    hands.work("cashier")
    hands.choose(3, 3)


def _disagreement(hands: Hands) -> None:
    hands.insert("resident-08")
    hands.work("registration")
    hands.choose(2, 3)
    hands.page.click("#outcome .choices button")


def _full(hands: Hands) -> None:
    hands.insert("resident-05")
    hands.work("cashier")
    hands.choose(3, 2)


def _under_16(hands: Hands) -> None:
    hands.work("application", **YOUNG_APPLICANT)
    expect(hands.page.locator("#field-guardian_name-error")).to_be_visible()
    for name, text in GUARDIAN.items():
        hands._fill(name, text)
    hands.press()
    hands.answer(2, "18")


def _visit(hands: Hands) -> None:
    hands.work("registration")
    hands.work("doctor", allergen_name="花生", allergy_reaction="皮疹")
    hands.work("cashier")
    hands.work("pharmacy")


def _first_issue(hands: Hands) -> None:
    hands.work("application", **APPLICANT)
    hands.issue(MOTHER)
    hands.work("registration")


def _replacement(hands: Hands) -> None:
    hands.work("loss", act="formal", document_number=OUYANG)
    hands.work("loss", act="replace", document_number=OUYANG)
    hands.issue(OUYANG)


def _pin(hands: Hands) -> None:
    hands.insert("pin-blocked")
    hands.work("pin", document_number=LIU, new_pin="246810", pin_again="246810")


WAYS: Mapping[str, Callable[[Hands], None]] = {
    "read-a-card": _read,
    "wrong-sam": _wrong_sam,
    "emergency": _emergency,
    "expired-card": _expired,
    "lost-card": _lost,
    "grey-list": _grey,
    "foreign-province": _foreign,
    "disagreement": _disagreement,
    "pulled-in-mid-write": _pulled,
    "record-full": _full,
    "under-16": _under_16,
    "a-whole-visit": _visit,
    "first-issue": _first_issue,
    "replacement": _replacement,
    "blocked-pin": _pin,
}
