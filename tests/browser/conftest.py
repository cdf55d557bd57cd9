"""A browser for the tests of the training page: one for each worker, a fresh context for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from debian_chromium import ARGUMENTS, CHROMIUM, DESKTOP, TABLET
from playwright.sync_api import Browser, Page, sync_playwright
from training_bench import quick_class, served

from lab.training.classroom import Classroom

SCREENSHOTS = Path(__file__).parents[2] / "build" / "screenshots"
SECONDS = 15

Open = Callable[..., Page]


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip(f"{CHROMIUM} is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(ARGUMENTS))
        yield browser
        browser.close()


@pytest.fixture
def classroom(tmp_path: Path) -> Classroom:
    """The class of a test, whose cards write at once; a test may have another one by its own fixture."""
    return quick_class(tmp_path)


@pytest.fixture
def url(classroom: Classroom) -> Iterator[str]:
    with served(classroom) as address:
        yield address


@pytest.fixture
def open_page(chromium: Browser, url: str) -> Iterator[Open]:
    """Opens the page in a browser of its own; with a name it takes a seat.

    At the end of the test: no error on any page, and no request that left this server.
    """
    contexts, wrong, asked = [], [], []

    def opened(name: str = "学员", language: str = "zh", size: tuple[int, int] = DESKTOP) -> Page:
        locale = "zh-CN" if language == "zh" else "en-GB"
        context = chromium.new_context(
            viewport={"width": size[0], "height": size[1]}, locale=locale, has_touch=size == TABLET
        )
        contexts.append(context)
        context.set_default_timeout(SECONDS * 1000)
        context.add_cookies([{"name": "rhc_language", "value": language, "url": url}])
        context.on("request", lambda request: asked.append(request.url))
        page = context.new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.goto(url)
        if name:
            page.fill("#name", name)
            page.click(".start .big")
            page.wait_for_selector("#desk")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert wrong == []
    server = urlsplit(url).netloc
    # data: holds the photo of a card
    assert {
        one for one in asked if urlsplit(one).scheme != "data" and urlsplit(one).netloc != server
    } == set()


@pytest.fixture
def keep_picture() -> Callable[[Page, str], Path]:
    """Keeps a screenshot for people, under a name."""

    def keep(page: Page, name: str) -> Path:
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        file = SCREENSHOTS / f"{name}.png"
        page.screenshot(path=str(file))
        return file

    return keep
