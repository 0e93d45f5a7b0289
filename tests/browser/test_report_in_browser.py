"""The report in a real browser: on a screen and on a phone, light and dark, by keyboard, with nothing fetched."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, sync_playwright

from pledgeway.formats import read_problem
from pledgeway.pictures.report import write_report
from pledgeway.planning import Rounds, solve

EXAMPLE = Path(__file__).parents[2] / "examples" / "coalition.xlsx"
pytestmark = pytest.mark.slow

TABLE_OVERFLOW = """[...document.querySelectorAll('.table')]
    .filter(box => box.scrollWidth > box.clientWidth + 1).map(box => box.innerText.slice(0, 60))"""
TEXT_OUTSIDE = """[...document.querySelectorAll('svg[role=img]')].filter(svg => svg.getBoundingClientRect().width)
    .flatMap(svg => { const frame = svg.getBoundingClientRect();
        return [...svg.querySelectorAll('text')].filter(text => { const box = text.getBoundingClientRect();
            return box.left < frame.left - 3 || box.right > frame.right + 3 || box.bottom > frame.bottom + 3; })
            .map(text => text.textContent); })"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    assert program, "Chromium is missing; install it with: make test-tools"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> str:
    file = tmp_path_factory.mktemp("report") / "report.html"
    problem = read_problem(EXAMPLE)
    write_report(problem, solve(problem, Rounds(40)), file)
    return file.as_uri()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
def test_it_fits_and_fetches_nothing(browser: Browser, address: str, width: int, scheme: str) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda fault: said.append(str(fault)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(address)
    assert said == []
    assert asked == [address]
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    page.evaluate("document.querySelectorAll('details').forEach(part => { part.open = true; })")
    assert page.locator("details table:visible").count() >= 6
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 390:
        assert page.evaluate(TABLE_OVERFLOW) == []
    assert page.locator("h1").count() == 1
    assert page.locator("h2").count() >= 6
    visible = page.locator("svg[role=img]:visible")
    assert visible.count() >= 6
    assert all(visible.nth(k).get_attribute("aria-label") for k in range(visible.count()))
    page.close()


def test_the_keyboard_reaches_the_content_and_opens_a_table(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(address)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the content"
    page.locator("#map summary").focus()
    page.keyboard.press("Enter")
    assert page.locator("#map details").get_attribute("open") is not None
    assert page.locator("#map details table").is_visible()
    page.close()


@pytest.mark.parametrize("width", [1280, 390])
def test_no_text_of_a_picture_is_cut_off(browser: Browser, address: str, width: int) -> None:
    page = browser.new_page(viewport={"width": width, "height": 900})
    page.goto(address)
    assert page.evaluate(TEXT_OUTSIDE) == []
    page.close()


def test_it_prints_the_wide_pictures(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 700, "height": 900})
    page.goto(address)
    assert page.locator("#map .narrow").is_visible()
    page.emulate_media(media="print")
    assert page.locator("#map .wide").is_visible()
    assert not page.locator("#map .narrow").is_visible()
    assert not page.locator("nav").is_visible()
    assert page.pdf().startswith(b"%PDF")
    page.close()
