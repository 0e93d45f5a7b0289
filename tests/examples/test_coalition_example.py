"""The example workbook: legal, of the size it says, honest about its sources, and made by its script."""

from __future__ import annotations

import csv
import json
import math
import random
import subprocess
import sys
import zipfile
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from coalition.data import HERE, parts, rows
from coalition.needs import lot_size, shares
from coalition.network import distance_km, lane_id
from coalition.offers import Promise, recipients, sort_out
from pledgeway.formats import read
from pledgeway.planning.problem import Problem, digest, from_dict, to_dict

REPOSITORY = Path(__file__).parents[2]
WORKBOOK = REPOSITORY / "examples" / "coalition.xlsx"
SHARED = REPOSITORY / ".." / "shared"
TRACKER = SHARED / "data" / "kiel" / "ukraine_support_tracker_release_7.xlsx"
ROWS_WITH_UNITS = 504


@pytest.fixture(scope="module")
def problem() -> Problem:
    return read(WORKBOOK).problem


def tonnes(problem: Problem) -> pd.Series:
    mass = problem.items.set_index("id")["mass_t"]
    return problem.offers["quantity"] * problem.offers["item"].map(mass)


def test_the_workbook_has_the_sizes_its_readme_names(problem: Problem) -> None:
    sizes = {name: len(frame) for name, frame in problem.tables().items()}
    assert problem.days == 90
    assert str(problem.start_date) == "2022-11-01"
    assert sizes["places"] == 66
    assert sizes["lanes"] == 200
    assert sizes["requirements"] == 300
    assert sizes["courses"] == 20
    assert 60 <= sizes["items"] <= 90
    assert sizes["offers"] > 440


def test_every_offer_names_its_source_and_keeps_the_trackers_words(problem: Problem) -> None:
    invented = problem.offers["id"].str.startswith("INV")
    assert problem.offers.loc[~invented, "source"].str.startswith("https://").all()
    assert problem.offers.loc[~invented, "note"].str.contains(" × .+, announced .+").all()
    assert (problem.offers.loc[invented, "source"] == "Invented for this example").all()


def test_every_row_of_the_tracker_is_an_offer_or_left_out_with_a_reason(problem: Problem) -> None:
    with (HERE / "left_out.csv").open(encoding="utf-8", newline="") as file:
        left_out = list(csv.DictReader(file))
    real = problem.offers[~problem.offers["id"].str.startswith("INV")]
    offered = {int(offer.rsplit("-", 1)[1]) for offer in real["id"]}
    excluded = {int(row["row"]) for row in left_out}
    assert not offered & excluded
    assert len(offered | excluded) == ROWS_WITH_UNITS
    assert all(row["reason"] for row in left_out)


def test_only_the_goods_that_the_adjustments_name_lie_at_a_hub(problem: Problem) -> None:
    named = {int(row["row"]) for row in rows("adjustments") if row["stored_at"]}
    stored = problem.offers.loc[problem.offers["in_storage"], "id"]
    assert {int(offer.rsplit("-", 1)[1]) for offer in stored} == named


def test_a_problem_file_keeps_the_example_whole(problem: Problem) -> None:
    assert digest(from_dict(json.loads(json.dumps(to_dict(problem))))) == digest(problem)


def test_the_largest_donor_gives_nearly_half_of_all_tonnes(problem: Problem) -> None:
    by_donor = tonnes(problem).groupby(problem.offers["donor"]).sum().sort_values(ascending=False)
    assert by_donor.index[0] == "United States"
    assert 0.4 < by_donor.iloc[0] / by_donor.sum() < 0.5


def test_some_items_are_asked_for_that_nobody_offers(problem: Problem) -> None:
    accepted = problem.accepts.groupby("requirement")["item"].agg(set)
    offered = set(problem.offers["item"])
    assert sum(not items & offered for items in accepted) >= 5


def test_the_first_sheet_names_the_authors_and_the_licence(problem: Problem) -> None:
    assert problem.note is not None
    for word in ("CC BY 4.0", "Kiel Institute", "Antezza", "Trebesch", "Estimated: masses", "Invented:"):
        assert word in problem.note


def test_every_text_means_an_item_or_is_left_out_for_a_reason() -> None:
    items = {row["id"] for row in rows("items")}
    for match in rows("matches"):
        assert bool(match["item"]) != bool(match["left_out"]), match
        assert not match["item"] or (match["item"] in items and float(match["units_each"]) > 0), match


def test_the_tables_refer_only_to_each_other() -> None:
    places, lanes = {row["id"] for row in rows("places")}, {lane_id(row) for row in rows("lanes")}
    desks = {row["recipient"] for row in rows("desks")}
    used = [row[end] for row in rows("lanes") for end in ("origin", "destination")]
    used += [
        place for row in rows("donors") for name in ("bulk_origins", "light_origins") for place in parts(row[name])
    ]
    used += [place for row in rows("desks") for place in parts(row["destinations"])]
    assert set(used) == places, "no place is unknown, and none is idle"
    assert {lane_id(row) for row in rows("closures")} <= lanes
    assert {desk for row in rows("needs") for desk in parts(row["recipients"])} == desks
    named = {
        desk
        for table in ("donors", "adjustments")
        for row in rows(table)
        for desk in recipients(row["recipients"]) or ()
    }
    assert named <= desks


def test_a_text_that_nobody_decided_on_stops_the_script() -> None:
    unknown = Promise(7, "XXM1", "Utopia", "2022-03-01", "flying carpet", 3.0, "https://example.org")
    with pytest.raises(KeyError, match="flying carpet"):
        sort_out([unknown])


def test_distance_of_a_quarter_of_the_equator() -> None:
    west, east = {"lat": "0", "lon": "-20"}, {"lat": "0", "lon": "70"}
    assert distance_km(west, east) == pytest.approx(6371.0 * math.pi / 2)


def test_needs_are_asked_for_in_round_numbers_that_divide_the_total() -> None:
    assert lot_size(380_000, 14) == 1000
    assert lot_size(1_234, 2) == 1
    assert lot_size(1_230, 2) == 10
    assert lot_size(7, 4) == 1


@given(count=st.integers(1, 20), more=st.integers(0, 10**6), seed=st.integers(0, 2**32))
def test_shares_are_at_least_one_and_add_up(count: int, more: int, seed: int) -> None:
    found = shares(count + more, count, random.Random(seed))
    assert len(found) == count
    assert min(found) >= 1
    assert sum(found) == count + more


@pytest.mark.skipif(not SHARED.exists(), reason="the independent check lies in ../shared, which is not here")
def test_the_independent_check_finds_no_fault_in_the_problem(problem: Problem, tmp_path: Path) -> None:
    plan = {
        "format": "pledgeway-plan/1",
        "problem": problem.name,
        "value": 0,
        "bound": 1e9,
        "movements": [],
        "seats": [],
    }
    (tmp_path / "problem.json").write_text(json.dumps(to_dict(problem)), encoding="utf-8")
    (tmp_path / "plan.json").write_text(json.dumps(plan), encoding="utf-8")
    check = [sys.executable, SHARED / "planning" / "check_plan.py", tmp_path / "problem.json", tmp_path / "plan.json"]
    done = subprocess.run(check, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout


@pytest.mark.skipif(not TRACKER.exists(), reason="the tracker's workbook lies in ../shared, which is not here")
def test_the_script_makes_the_same_workbook_again(problem: Problem, tmp_path: Path) -> None:
    script = REPOSITORY / "examples" / "make_coalition.py"
    subprocess.run([sys.executable, script, TRACKER, tmp_path / "again.xlsx"], check=True, capture_output=True)
    assert digest(read(tmp_path / "again.xlsx").problem) == digest(problem)
    assert (tmp_path / "left_out.csv").read_bytes() == (HERE / "left_out.csv").read_bytes()
    assert cells(tmp_path / "again.xlsx") == cells(WORKBOOK)


def cells(workbook: Path) -> dict[str, bytes]:
    """Return the parts of a workbook that hold what people see."""
    with zipfile.ZipFile(workbook) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name.startswith("xl/")}
