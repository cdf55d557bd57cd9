"""Makes the pictures of the tour in docs/*/training.md:  python tests/browser/tour.py

A trainee in Debian's chromium does what the pages tell; each picture is a screenshot in few colours.
"""

from __future__ import annotations

import io
import sys
import tempfile
from pathlib import Path

from PIL import Image
from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[2]
sys.path[:0] = [str(ROOT), str(ROOT / "tests"), str(Path(__file__).parent)]

from debian_chromium import ARGUMENTS, CHROMIUM, DESKTOP  # noqa: E402
from trainee_hands import WAYS, Hands  # noqa: E402
from training_bench import quick_class, served  # noqa: E402
from training_trainee import YOUNG_APPLICANT  # noqa: E402

from issuer.access import passwords  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
PASSWORD = "a-password-for-the-tour"  # noqa: S105  of a class that lives for a minute
COLOURS = 200
NAMES = {"zh": ("李敏", "王芳"), "en": ("Li Min", "Wang Fang")}


def main() -> None:
    PICTURES.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        classroom = quick_class(Path(folder), trainer=passwords.stored(PASSWORD))
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        with served(classroom) as url:
            for language in NAMES:
                context = browser.new_context(viewport={"width": DESKTOP[0], "height": DESKTOP[1]})
                context.add_cookies([{"name": "rhc_language", "value": language, "url": url}])
                _tour(context.new_page(), url, language)
                context.close()
                for seat in classroom.seats():
                    classroom.dismiss(seat.who.number)
        browser.close()


def _tour(page: Page, url: str, language: str) -> None:
    for name in NAMES[language]:
        page.context.clear_cookies(name="rhc_seat")
        page.goto(url)
        page.fill("#name", name)
        page.click(".start .big")
        page.wait_for_selector("#desk")
    hands = Hands(page)
    hands.start("read-a-card")
    hands.insert("resident-01")
    hands.work("reading")
    page.wait_for_selector('[data-step="2"].done')
    _keep(page, f"training-desk-{language}")
    hands.answer(3, page.locator("[data-item=holder_phone_1] dd").inner_text())
    page.wait_for_selector(".exercise.finished")
    page.click("#open-inside")
    page.wait_for_selector(".files button")
    hands.work("registration")
    page.locator(".files button").nth(1).click()
    page.wait_for_selector(".bytes")
    _keep(page, f"training-inside-{language}")
    for name in ("wrong-sam", "expired-card"):
        hands.start(name)
        WAYS[name](hands)
        page.wait_for_selector(".exercise.finished")
    page.goto(f"{url}certificate")
    _keep(page, f"training-certificate-{language}")
    page.goto(url)
    hands.start("under-16")
    hands.work("application", **YOUNG_APPLICANT)
    page.click("#take-hint")
    page.wait_for_selector(".hint-given")
    _keep(page, f"training-office-{language}")
    page.goto(f"{url}trainer")
    page.fill("#password", PASSWORD)
    page.keyboard.press("Enter")
    page.wait_for_selector(".class-table")
    _keep(page, f"training-class-{language}")


def _keep(page: Page, name: str) -> None:
    page.wait_for_load_state("load")
    page.wait_for_function("!document.querySelector('.htmx-request')")
    picture = Image.open(io.BytesIO(page.screenshot(animations="disabled")))
    file = PICTURES / f"{name}.png"
    picture.convert("RGB").quantize(COLOURS).save(file, optimize=True)
    print(f"{file.relative_to(ROOT)}  {file.stat().st_size} bytes")


if __name__ == "__main__":
    main()
