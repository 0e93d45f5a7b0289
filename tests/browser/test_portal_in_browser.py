"""The web in a real browser: sign in, and follow a promise to the passage it rests on, on a screen and on a phone."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import openpyxl
import pytest
from playwright.sync_api import Browser, Page, sync_playwright

from pledgeway.formats import write_problem
from tests.cli.command import PROGRAM
from tests.intake.small import small

ROOT = Path(__file__).parents[2]


def free_port() -> int:
    """Return a port that nobody listens at."""
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


PORT = free_port()
ADDRESS = f"http://127.0.0.1:{PORT}"
PAGES = ["/", "/commitments/", "/requirements/", "/donors/", "/balances/", "/ledger/", "/sources/", "/places/",
         "/items/", "/parties/", "/stages/", "/audit/", "/plans/", "/desk/", "/disputes/", "/donors/DE/",
         "/requirements/R001/", "/reference/", "/changes/", "/forums/example-forum/", "/meetings/example-2/",
         "/decisions/example-1-winter/", "/targets/", "/lanes/", "/reference/places/1/",
         "/reference/lanes/new/", "/places/rzeszow/"]  # fmt: skip
DESKS = ("donor", "recipient", "hub")
"""Who begins at the own desk."""
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def passwords(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Serve the example; give its users' passwords."""
    folder = tmp_path_factory.mktemp("web")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PLEDGEWAY", "SECRET"))}
    clean["DATABASE_URL"] = f"sqlite:///{folder / 'web.sqlite3'}"
    with (folder / "log").open("w") as log:
        server = subprocess.Popen([str(PROGRAM), "serve", "--demo", "--port", str(PORT)], cwd=ROOT, env=clean,
                                  stdout=log, stderr=log)  # fmt: skip
    try:
        for _ in range(600):
            try:
                urllib.request.urlopen(ADDRESS, timeout=5)
                break
            except OSError:
                time.sleep(0.3)
        yield dict(re.findall(r"^  (\w+)\s+(\S+)", (folder / "log").read_text(), re.MULTILINE))
    finally:
        server.terminate()
        server.wait(timeout=30)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    program = shutil.which("chromium")
    assert program, "Chromium is missing; install it with: make test-tools"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=["--no-sandbox", "--disable-gpu"])
        yield browser
        browser.close()


def sign_in(browser: Browser, name: str, password: str, width: int = 1280, scripts: bool = True) -> Page:
    context = browser.new_context(viewport={"width": width, "height": 900}, java_script_enabled=scripts)
    context.set_default_timeout(120_000)  # a machine at work on other tests too
    page = context.new_page()
    page.goto(f"{ADDRESS}/account/login/")
    page.fill("[name=login]", name)
    page.fill("[name=password]", password)
    page.click("main button[type=submit]")
    assert page.url == f"{ADDRESS}/{'desk/' if name in DESKS else ''}"
    return page


@pytest.mark.parametrize("width", [1280, 390])
def test_every_page_fits_and_asks_nobody_else(browser: Browser, passwords: dict[str, str], width: int) -> None:
    page = sign_in(browser, "coordinator", passwords["coordinator"], width)
    said: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("request", lambda request: asked.append(request.url))
    for path in PAGES:
        assert page.goto(ADDRESS + path).status == 200  # type: ignore[union-attr]
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
        assert page.locator("h1").count() == 1, path
        heights = [box["height"] for one in page.locator("button:visible").all() if (box := one.bounding_box())]
        assert all(height >= (44 if width == 390 else 28) for height in heights), (path, heights)
    assert said == []
    assert all(url.startswith((ADDRESS, "data:")) for url in asked)


def test_a_phone_shows_a_balance_with_its_unit(browser: Browser, passwords: dict[str, str]) -> None:
    page = sign_in(browser, "coordinator", passwords["coordinator"], 390)
    page.goto(f"{ADDRESS}/balances/?by=donor,kind,stage,place")
    shown = [head.inner_text() for head in page.locator("th:visible").all()]
    assert shown == ["Donor", "Kind", "Stage", "Quantity", "Unit"]
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scripts", [True, False])
@pytest.mark.parametrize("width", [1280, 390])
def test_a_promise_is_followed_to_its_passage(
    browser: Browser, passwords: dict[str, str], width: int, scripts: bool
) -> None:
    page = sign_in(browser, "donor", passwords["donor"], width, scripts)
    page.goto(f"{ADDRESS}/commitments/?q=restricted")
    page.click("tbody a >> text=restricted")
    assert "Germany promised 12 vehicles to Ukraine" in page.inner_text("main")
    page.click("text=open the passage")
    assert "do not publish it" in page.inner_text("mark")
    page.click("footer a >> nth=0")
    assert "invented meeting" in page.inner_text("h1")


@pytest.mark.usefixtures("passwords")
def test_nobody_sees_what_is_not_public(browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{ADDRESS}/commitments/?q=restricted")
    assert "Nothing fits these filters" in page.inner_text("main")
    assert page.goto(f"{ADDRESS}/commitments/example: restricted/").status == 404  # type: ignore[union-attr]


def test_a_table_is_worked_by_keyboard(browser: Browser, passwords: dict[str, str]) -> None:
    page = sign_in(browser, "analyst", passwords["analyst"])
    page.goto(f"{ADDRESS}/commitments/")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "To the content"
    page.focus("main input[type=search]")
    page.keyboard.type("generator")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("q=generator"))
    assert "Search: generator" in page.inner_text(".chips")
    page.focus("th a >> text=Promised on")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile("sort=day"))
    assert page.locator("th[aria-sort=ascending]").count() == 1


@pytest.mark.parametrize("scripts", [True, False])
def test_a_place_is_edited_and_its_history_read(browser: Browser, passwords: dict[str, str], scripts: bool) -> None:
    page = sign_in(browser, "administrator", passwords["administrator"], 390, scripts)
    page.goto(f"{ADDRESS}/places/?sort=name")
    page.click("tbody a >> nth=0")
    page.click("text=Facts and history")
    page.click("text=Edit")
    page.fill("[name=storage_t]", "much")
    page.click("text=Save")
    assert "Found 'much'; allowed: a number of 0 or more" in page.inner_text(".field:has([name=storage_t])")
    page.fill("[name=storage_t]", "1200" if scripts else "1300")
    page.click("text=Save")
    assert "Recorded" in page.inner_text(".messages")
    assert "Storage" in page.inner_text("tbody tr >> nth=0")
    page.goto(f"{ADDRESS}/changes/?sort=-moment")
    assert "storage_t" in page.inner_text("main") or "Storage" in page.inner_text("main")


@pytest.mark.parametrize("scripts", [True, False])
def test_a_promise_is_recorded_and_its_terms_are_changed(
    browser: Browser, passwords: dict[str, str], scripts: bool
) -> None:
    page = sign_in(browser, "donor", passwords["donor"], 1280 if scripts else 390, scripts)
    page.goto(f"{ADDRESS}/commitments/")
    page.click("text=Record a promise")
    page.click("main a >> text=Goods")
    page.fill("[name=recipient]", "UKR")
    page.fill("[name=quantity]", "a few")
    page.click("text=Preview")
    assert "Found 'UKR'; allowed: the id of a party" in page.inner_text(".field:has([name=recipient])")
    assert "Found 'a few'" in page.inner_text(".field:has([name=quantity])")
    item = page.locator("#o-item option").first.get_attribute("value")
    page.fill("[name=recipient]", "UA")
    page.fill("[name=item]", str(item))
    page.fill("[name=quantity]", "12")
    page.fill("[name=source]", "https://letters.example.org/")
    page.fill("[name=passage]", "We give twelve.")
    page.click("text=Preview")
    assert "Germany promises 12 units of" in page.inner_text(".answer")
    page.click("button >> text=Post")
    assert "Posted, as batch" in page.inner_text(".messages")
    assert "We give twelve." in page.inner_text("mark")
    page.click("text=Change its terms")
    page.click("summary >> text=On what it rests")
    page.fill("[name=condition]", "if asked")
    page.fill("[name=note]", "they wrote")
    page.click("text=Preview")
    assert "condition: not stated became if asked" in page.inner_text("main")
    page.click("button >> text=Post")
    assert "condition: not stated became if asked" in page.inner_text("main")


def test_a_hub_counts_in_on_a_phone_whose_network_breaks(browser: Browser, passwords: dict[str, str]) -> None:
    page = sign_in(browser, "hub", passwords["hub"], 390, scripts=False)
    page.click("#to-count-in a >> nth=0")
    commitment = page.url
    page.click("text=Post what happened")
    page.click(".spot:has-text('in transit') >> text=at hub")
    assert page.input_value("[name=to_place]") != ""
    page.click("text=Preview")
    assert "move" in page.inner_text(".answer")
    # The first tap reaches the server, and its answer is lost on the way; the second one arrives whole.
    page.route("**/post/**", lambda route: (route.fetch(max_redirects=0), route.abort("aborted")))
    page.click("button >> text=Post", no_wait_after=True)
    page.wait_for_timeout(2000)
    page.unroute("**/post/**")
    page.click("button >> text=Post")
    assert "nothing was posted twice" in page.inner_text(".messages")
    assert page.url == commitment
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_a_plan_is_run_watched_adopted_and_accepted(browser: Browser, passwords: dict[str, str]) -> None:
    cell = sign_in(browser, "coordinator", passwords["coordinator"])
    cell.goto(f"{ADDRESS}/plans/")
    cell.click("summary >> text=Run a plan")
    cell.fill("[name=seconds]", "10")
    cell.fill("[name=gap]", "5")
    cell.fill("[name=change_weight]", "1000000")  # what is allocated stays: nothing waits for a desk that gives back
    cell.click(".ask button.act")
    cell.wait_for_selector("#progress svg:visible", timeout=60_000)
    cell.wait_for_selector("text=Adopt plan", timeout=120_000)  # the page renews itself
    assert "of the need, by worth, is served on time" in cell.inner_text(".answer")
    page = cell.url
    assert cell.goto(f"{page}files/report.html").status == 200  # type: ignore[union-attr]
    assert cell.evaluate("getComputedStyle(document.querySelector('h1')).fontWeight") == "600"
    cell.goto(f"{page}adopt/")
    cell.click("button >> text=Propose")
    assert "allocations stay as they are" in cell.inner_text(".messages")
    assert "are proposed" in cell.inner_text(".messages")

    donor = sign_in(browser, "donor", passwords["donor"], 390)
    donor.goto(f"{ADDRESS}/desk/")
    waiting = donor.locator(".proposal", has_text="Ground Forces East").filter(has_text="arriving by").first
    waiting.get_by_role("button", name="Accept").click()
    assert "when the other desk accepts too" in donor.inner_text(".messages")
    recipient = sign_in(browser, "recipient", passwords["recipient"])
    recipient.goto(f"{ADDRESS}/desk/")
    recipient.locator(".proposal", has_text="the donor accepted").first.get_by_role("button", name="Accept").click()
    assert "Both desks accepted: it is allocated" in recipient.inner_text(".messages")

    # One unit followed from its promise to its allocation and to its source.
    recipient.goto(f"{ADDRESS}/ledger/?sort=-batch")
    recipient.click("tbody tr >> nth=0 >> a >> nth=0")
    assert "allocated" in recipient.inner_text("table >> nth=0")
    recipient.click("text=open the source")
    assert "Workbook coalition" in recipient.inner_text("h1")


def test_a_workbook_with_faults_is_refused_and_a_right_one_comes_in(
    browser: Browser, passwords: dict[str, str], tmp_path: Path
) -> None:
    file = tmp_path / "needs.xlsx"
    write_problem(small(), file)
    book = openpyxl.load_workbook(file)
    right = book["Offers"]["D2"].value
    book["Offers"]["D2"] = "a few"
    book.save(file)
    page = sign_in(browser, "coordinator", passwords["coordinator"])
    page.goto(f"{ADDRESS}/import/")
    page.set_input_files("[name=file]", str(file))
    page.click("main button.act")
    assert "nothing was loaded" in page.inner_text("main")
    assert "Offers!D2" in page.inner_text(".faults")
    assert "a few" in page.inner_text(".faults")
    book["Offers"]["D2"] = right
    book.save(file)
    page.set_input_files("[name=file]", str(file))
    page.click("main button.act")
    assert "3 new" in page.inner_text("main")
    assert page.goto(f"{ADDRESS}/commitments/O1/").status == 200  # type: ignore[union-attr]
