"""The report: one file, nothing fetched, names escaped, the plan's figures, and no plan too small or odd for it."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from pledgeway.pictures.report import render, write_report
from pledgeway.planning import GapOrTime, Plan, Problem, Rounds, solve
from tests.planning.problems import problems
from tests.planning.worked import ferry


class Elements(HTMLParser):
    """Collects what a page names: its tags, the addresses it would fetch, ids and links to them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.fetched: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        for name, value in attrs:
            if name == "src" or (name == "href" and tag == "link"):
                self.fetched.append(value or "")
            if name == "id":
                self.ids.append(value or "")
            if name == "href" and tag == "a":
                self.links.append(value or "")


@pytest.fixture(scope="module")
def page() -> str:
    problem = ferry()
    return render(problem, solve(problem, GapOrTime(0.0, 5.0)))


def test_nothing_is_fetched_and_no_script_runs(page: str) -> None:
    found = Elements(page)
    assert "script" not in found.tags
    assert [address for address in found.fetched if address != "data:,"] == []
    assert "url(" not in page
    assert "@import" not in page


def test_the_answer_comes_first(page: str) -> None:
    words = re.sub(r"<[^>]+>", " ", page.split("</h1>")[1])
    assert words.split()[0].startswith("100")
    assert "is served on time" in words[:200]


def test_every_link_leads_somewhere_and_no_id_stands_twice(page: str) -> None:
    found = Elements(page)
    assert len(found.ids) == len(set(found.ids))
    assert {link.removeprefix("#") for link in found.links} <= set(found.ids)


def test_names_cannot_break_the_page() -> None:
    nasty = '<script>alert("x")</script> & "quotes"'
    problem = ferry(name=nasty, offers=ferry().offers.assign(donor=nasty), places=ferry().places.assign(name=nasty))
    page = render(problem, solve(problem, GapOrTime(0.0, 2.0)))
    assert "<script" not in page
    assert "&lt;script&gt;" in page


def test_a_note_that_says_example_is_shown_beside_the_title(page: str) -> None:
    problem = ferry(note="All figures are invented.")
    assert '<span class="example">example</span>' in render(problem, solve(problem, Rounds(2)))
    assert '<span class="example">' not in page


def test_bottlenecks_and_reasons_are_told_in_their_sentences() -> None:
    problem = ferry(requirements=ferry().requirements.assign(quantity=9.0))
    plan = solve(problem, GapOrTime(0.0, 5.0))
    page = render(problem, plan)
    assert len(plan.unmet)
    for sentence in [*plan.unmet["sentence"], *plan.bottlenecks["sentence"]]:
        assert str(sentence).split("’")[0].split("'")[0][:60] in page


def test_a_movement_that_comes_to_a_place_twice_is_flagged() -> None:
    from pledgeway.planning import Leg, Movement  # noqa: PLC0415

    lanes = [*ferry().lanes.to_dict("records"), {**ferry().lanes.to_dict("records")[0], "id": "back",
             "origin": "front", "destination": "depot"}]  # fmt: skip
    problem = ferry(lanes=lanes)
    legs = (Leg("road", 0), Leg("back", 2), Leg("road", 4))
    plan = Plan("ferry", 1.0, 500.0, (Movement("O1", "R1", 1.0, legs, 6),))
    assert "more than once" in render(problem, plan)


def test_an_empty_problem_has_a_report() -> None:
    problem = Problem(name="nothing", days=1)
    assert "nothing to serve" in render(problem, solve(problem, Rounds(2)))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(problems())
def test_every_plan_has_a_report(problem: Problem) -> None:
    assert "</html>" in render(problem, solve(problem, Rounds(3), exact=False))


def test_a_report_is_replaced_whole(tmp_path: Path, page: str) -> None:
    target = tmp_path / "report.html"
    problem = ferry()
    write_report(problem, solve(problem, Rounds(3)), target)
    assert target.read_text("utf-8").startswith("<!doctype html>")
    assert list(tmp_path.iterdir()) == [target]
    assert page
