"""Every exercise in a browser as a trainee does it, in both languages; certificate, trainer, axe."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect
from trainee_hands import WAYS, Hands
from training_bench import quick_class, served

from issuer.access import passwords
from lab.training.exercise_files import built_in
from lab.training.pace import SECONDS
from language import choose, speaking

PASSWORD = "a-password-of-the-trainer"  # noqa: S105  of a test
SERIOUS = ("serious", "critical")
WRITTEN_SLOWLY = {"pulled-in-mid-write"}
OFFICE = ("application", "review", "making", "counter", "loss", "pin")


@pytest.fixture(scope="module")
def classroom(tmp_path_factory):
    return quick_class(tmp_path_factory.mktemp("class"), trainer=passwords.stored(PASSWORD))


@pytest.fixture(scope="module")
def url(classroom):
    with served(classroom) as address:
        yield address


def no_serious_fault(page) -> None:
    found = Axe().run(page).response["violations"]
    wrong = [(one["id"], one["nodes"][0]["target"]) for one in found if one["impact"] in SERIOUS]
    assert wrong == []


def test_every_exercise_has_a_way():
    assert set(WAYS) == set(built_in())


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("name", WAYS)
def test_an_exercise_is_done_in_the_browser(open_page, classroom, keep_picture, name, language):
    page = open_page(name="小李", language=language)
    classroom.seats()[-1].pace = 2 * SECONDS if name in WRITTEN_SLOWLY else 0.0
    hands = Hands(page)
    hands.start(name)
    with speaking(language):
        expect(page.locator("#exercise-title")).to_have_text(choose(built_in()[name].title))
    WAYS[name](hands)
    page.wait_for_selector(".exercise.finished")
    expect(page.locator(".exercise .points")).to_contain_text("100")
    expect(page.locator(".exercise .mistake")).to_have_count(0)
    keep_picture(page, f"exercise-{name}-{language}")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_new_trainee_comes_to_a_certificate_by_the_page_alone(open_page, keep_picture, language):
    page = open_page(name="小王", language=language)
    page.click("#start-next")
    page.wait_for_selector(".steps")
    page.click("#take-hint")
    expect(page.locator(".hint-given")).to_have_count(1)
    no_serious_fault(page)
    keep_picture(page, f"exercise-hint-{language}")
    WAYS["read-a-card"](Hands(page))
    page.click("#to-certificate")
    expect(page.locator(".certificate-name")).to_have_text("小王")
    expect(page.locator(".certificate tbody td").nth(2)).to_have_text("90")
    no_serious_fault(page)
    keep_picture(page, f"certificate-{language}")


def test_what_is_typed_survives_a_new_panel(open_page, classroom):
    page = open_page()
    hands = Hands(page)
    hands.start("emergency")
    hands.insert("resident-07")
    hands.work("emergency")
    page.locator("#answer-2").press_sequentially("花")
    classroom.seats()[-1].facts.record("noted")
    hands.eject()
    page.wait_for_timeout(300)
    expect(page.locator("#answer-2")).to_have_value("花")


def test_an_answer_that_is_wrong_is_said_aloud(open_page):
    page = open_page(language="en")
    hands = Hands(page)
    hands.start("read-a-card")
    hands.insert("resident-01")
    hands.work("reading")
    hands.answer(3, "110")
    expect(page.locator(".question [role=alert]")).to_have_text("Not right yet.")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_windows_of_the_office_are_free_of_serious_faults(open_page, keep_picture, language):
    page = open_page(language=language)
    hands = Hands(page)
    for window in OFFICE:
        hands.fill(window)
        no_serious_fault(page)
    hands.work("application")
    expect(page.locator("#field-holder_name")).to_have_attribute("aria-invalid", "true")
    no_serious_fault(page)
    keep_picture(page, f"application-{language}")


@pytest.mark.parametrize("language", ["zh", "en"])
def test_the_list_and_the_class_are_free_of_serious_faults(open_page, keep_picture, url, language):
    page = open_page(language=language)
    page.click('.top-links a[href="/exercises"]')
    page.wait_for_selector(".exercise-cards")
    no_serious_fault(page)
    keep_picture(page, f"exercises-{language}")
    page.goto(f"{url}trainer")
    no_serious_fault(page)
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".class-table")
    no_serious_fault(page)
    keep_picture(page, f"class-{language}")
    with page.expect_download() as download:
        page.click('a[href="/trainer/class.csv"]')
    assert download.value.suggested_filename == "class.csv"


@pytest.mark.parametrize("size", [(1280, 720), (1024, 768)])
def test_the_panel_leaves_room_for_the_window(open_page, keep_picture, size):
    page = open_page(size=size)
    Hands(page).start("under-16")
    button = page.locator("#field-document_number")
    button.scroll_into_view_if_needed()
    assert button.bounding_box()["y"] < size[1]
    assert page.evaluate("document.documentElement.scrollWidth") <= size[0]
    keep_picture(page, f"exercise-running-{size[0]}")
