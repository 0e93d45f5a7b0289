"""plan.xlsx: read back cell by cell, the plan of the ferry worked by hand."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path
from typing import Any

import openpyxl
import pandas as pd
import pytest

from pledgeway.formats.plan_workbook import write_plan
from pledgeway.planning import Plan, Problem, Rounds, solve
from pledgeway.planning.plan import Certificate, Leg, Movement
from tests.planning.worked import ferry

SHEETS = [
    "Summary", "By donor", "By recipient", "Movements", "Hub load", "Training", "Unmet", "Bottlenecks",
]  # fmt: skip
DIGEST = "5f" * 32


def ferry_plan() -> Plan:
    """Return the ferry's best plan: two trucks on each of two days, the fifth on the third."""
    moves = [Movement("O1", "R1", trucks, (Leg("road", day),), day + 2) for day, trucks in enumerate((2.0, 2.0, 1.0))]
    return Plan(
        problem="ferry", value=498.0, bound=500.0, movements=tuple(moves), certificate=Certificate(),
        problem_sha256=DIGEST, rounds=7, seed=3, threads=2, stopped="gap reached",
    )  # fmt: skip


def dated(**changes: Any) -> Problem:
    """Return the ferry from 1 March 2026 on, its front with room for 10 t a day."""
    places = [{"id": "depot", "name": "Depot", "kind": "depot"},
              {"id": "front", "name": "Front", "kind": "hub", "handling_t_per_day": 10.0}]  # fmt: skip
    return ferry(**{"start_date": date(2026, 3, 1), "places": places, **changes})


def written(problem: Problem, plan: Plan, folder: Path) -> openpyxl.Workbook:
    write_plan(problem, plan, folder / "plan.xlsx")
    return openpyxl.load_workbook(folder / "plan.xlsx")


def rows(book: openpyxl.Workbook, sheet: str) -> list[dict[str, Any]]:
    """Return the rows of a sheet below its headers, by header; cells left empty are left out."""
    headers, *below = book[sheet].iter_rows(values_only=True)
    return [
        {str(key): value for key, value in zip(headers, row, strict=True) if value is not None}
        for row in below
        if row[0] is not None
    ]


def test_the_sheets_come_in_the_order_of_use(tmp_path: Path) -> None:
    assert written(dated(), ferry_plan(), tmp_path).sheetnames == SHEETS


def test_the_summary_says_what_was_planned_how_and_what_is_proven(tmp_path: Path) -> None:
    sheet = written(dated(), ferry_plan(), tmp_path)["Summary"]
    said = {row[0]: row[1] for row in sheet.iter_rows(min_row=3, values_only=True, max_col=2) if row[0]}
    assert sheet["A1"].value == "Plan of ferry"
    assert said["Value of the plan (points)"] == 498
    assert said["Proven limit of any plan (points)"] == 500
    assert said["Gap: share of the limit that the plan may lack"] == pytest.approx(2 / 500)
    assert said["Share of the need's worth served on time"] == 1
    assert said["Tonnes moved"] == 20
    assert said["The limit is proven by"] == "prices in plan.json"
    assert said["Problem's SHA-256"] == DIGEST
    assert said["Rounds, seed, threads"] == "7, 3, 2"


def test_a_limit_that_a_solver_proved_names_the_solver(tmp_path: Path) -> None:
    plan = ferry_plan().with_(certificate=None, solver="HiGHS 1.9")
    sheet = written(dated(), plan, tmp_path)["Summary"]
    assert "HiGHS 1.9" in [row[1] for row in sheet.iter_rows(values_only=True, max_col=2)]


def test_movements_stand_in_order_of_departure_with_names_and_true_dates(tmp_path: Path) -> None:
    backwards = ferry_plan().with_(movements=ferry_plan().movements[::-1])
    legs = rows(written(dated(), backwards, tmp_path), "Movements")
    assert [leg["Departs"] for leg in legs] == [datetime(2026, 3, day) for day in (1, 2, 3)]
    assert [leg["Arrives"] for leg in legs] == [datetime(2026, 3, day) for day in (3, 4, 5)]
    assert [leg["Quantity (units)"] for leg in legs] == [2, 2, 1]
    assert [leg["Mass (t)"] for leg in legs] == [8, 8, 4]
    assert {(leg["From"], leg["To"], leg["Mode"], leg["Lane"], leg["Item"]) for leg in legs} == {
        ("Depot", "Front", "road", "road", "Truck")
    }
    assert {(leg["Donor"], leg["Recipient"], leg["Due"]) for leg in legs} == {
        ("Norway", "Brigade", datetime(2026, 3, 6))
    }


def test_without_a_start_date_days_are_numbers(tmp_path: Path) -> None:
    legs = rows(written(ferry(), ferry_plan(), tmp_path), "Movements")
    assert [leg["Departs"] for leg in legs] == [0, 1, 2]


@pytest.mark.parametrize("sheet", ["By donor", "By recipient"])
def test_an_allocation_adds_up_its_movements(sheet: str, tmp_path: Path) -> None:
    (row,) = rows(written(dated(), ferry_plan(), tmp_path), sheet)
    assert (row["Donor"], row["Offer"], row["Recipient"], row["Requirement"]) == ("Norway", "O1", "Brigade", "R1")
    assert (row["Quantity (units)"], row["On time (units)"], row["Late (units)"]) == (5, 5, 0)
    assert (row["Mass (t)"], row["Worth (points)"]) == (20, 500)
    assert (row["First usable"], row["Last usable"]) == (datetime(2026, 3, 3), datetime(2026, 3, 5))


def test_a_hubs_load_stands_under_its_dates_beside_its_limit(tmp_path: Path) -> None:
    sheet = written(dated(), ferry_plan(), tmp_path)["Hub load"]
    headers, front = sheet.iter_rows(values_only=True, max_row=2)
    assert front[:3] == ("Front", "handled", 10)
    load = {when.day: tonnes for when, tonnes in zip(headers[3:], front[3:], strict=True) if tonnes}
    assert load == {3: 8, 4: 8, 5: 4}
    assert len(headers) == 3 + dated().days
    assert sheet.conditional_formatting


def test_nights_in_store_have_a_row_of_their_own(tmp_path: Path) -> None:
    """Ten tonnes of fuel lie in the store from day 0 on; the 4 t taken out on day 2 leave 6 t for the other nights."""
    problem = ferry(
        places=[{"id": "depot", "name": "Depot", "kind": "hub", "storage_t": 12.0},
                {"id": "front", "name": "Front", "kind": "handover"}],
        offers=[{"id": "O1", "donor": "Norway", "item": "truck", "quantity": 2.5, "origin": "depot",
                 "available_from": 0, "available_until": 9, "in_storage": True}],
    )  # fmt: skip
    plan = ferry_plan().with_(movements=(Movement("O1", "R1", 1.0, (Leg("road", 2),), 4),))
    sheet = written(problem, plan, tmp_path)["Hub load"]
    depot = next(sheet.iter_rows(values_only=True, min_row=2))
    assert depot[:3] == ("Depot", "stored overnight", 12)
    assert depot[3:] == (10, 10, *[6] * 8)


def test_a_movement_that_comes_to_a_place_twice_is_flagged(tmp_path: Path) -> None:
    back = {"id": "back", "origin": "front", "destination": "depot", "mode": "road", "transit_days": 1,
            "capacity_t_per_day": 10.0}  # fmt: skip
    problem = ferry(lanes=[*ferry().lanes.to_dict("records"), back])
    there_and_back = Movement("O1", "R1", 1.0, (Leg("road", 0), Leg("back", 2), Leg("road", 3)), 5)
    straight = Movement("O1", "R1", 1.0, (Leg("road", 0),), 2)
    legs = rows(written(problem, ferry_plan().with_(movements=(straight, there_and_back)), tmp_path), "Movements")
    assert [(leg["Movement"], leg["Leg"]) for leg in legs] == [(1, 1), (2, 1), (2, 2), (2, 3)]
    assert "To look at" not in legs[0]
    assert all("more than once" in leg["To look at"] for leg in legs[1:])


def test_goods_at_their_destination_have_a_row_without_a_lane(tmp_path: Path) -> None:
    offers = [{"id": "O1", "donor": "Norway", "item": "truck", "quantity": 5.0, "origin": "front",
               "available_from": 1, "available_until": 9}]  # fmt: skip
    problem = ferry(offers=offers)
    plan = ferry_plan().with_(movements=(Movement("O1", "R1", 5.0, (), 1),))
    write_plan(problem, plan, tmp_path / "plan.xlsx")
    headers, row = openpyxl.load_workbook(tmp_path / "plan.xlsx")["Movements"].iter_rows(values_only=True, max_row=2)
    there = dict(zip(headers, row, strict=True))
    assert (there["To"], there["Mode"], there["Lane"], there["Usable"]) == ("Front", "at its destination", None, 1)


def test_seats_taken_and_free_are_shown_for_every_course(tmp_path: Path) -> None:
    courses = [{"id": "C1", "training": "driving", "start": 1, "duration_days": 3, "seats": 12},
               {"id": "C2", "training": "driving", "start": 4, "duration_days": 3, "seats": 5}]  # fmt: skip
    one, two = rows(written(dated(courses=courses), ferry_plan().with_(seats={"C1": 10}), tmp_path), "Training")
    assert (one["Seats"], one["Seats taken"], one["Seats free"]) == (12, 10, 2)
    assert (two["Seats taken"], two["Seats free"]) == (0, 5)
    assert (one["Starts"], one["Crews from"]) == (datetime(2026, 3, 2), datetime(2026, 3, 5))


def test_unmet_needs_and_bottlenecks_come_with_their_sentences(tmp_path: Path) -> None:
    """Due on day 3, only the trucks of days 0 and 1 are of use; the road on these days holds the fifth back."""
    needs = dated().requirements.assign(due=3, grace_days=0)
    problem = dated(requirements=needs, lanes=ferry().lanes.assign(capacity_t_per_day=8.0))
    plan = solve(problem, Rounds(10))
    book = written(problem, plan, tmp_path)
    unmet, bottlenecks = rows(book, "Unmet"), rows(book, "Bottlenecks")
    assert sum(row["Quantity (units)"] for row in unmet) == 1
    assert [row["In words"] for row in unmet] == plan.unmet["sentence"].tolist()
    assert [row["Kind"] for row in bottlenecks] == ["lane"]
    assert [row["In words"] for row in bottlenecks] == plan.bottlenecks["sentence"].tolist()


def test_an_empty_plan_says_so_on_every_sheet(tmp_path: Path) -> None:
    empty = Plan(problem="ferry", value=0.0, bound=0.0, unmet=pd.DataFrame(), bottlenecks=pd.DataFrame())
    book = written(dated(), empty, tmp_path)
    said = {sheet: book[sheet]["A2"].value for sheet in SHEETS[1:]}
    assert said == {
        "By donor": "Nothing is allocated.",
        "By recipient": "Nothing is allocated.",
        "Movements": "Nothing moves.",
        "Hub load": "No place with a limit is used.",
        "Training": "There are no courses.",
        "Unmet": "All need is served in full and on time.",
        "Bottlenecks": "Nothing holds the plan back.",
    }


@pytest.mark.parametrize("beginning", ["=", "+", "-", "@"])
def test_text_is_never_a_formula_or_a_link(beginning: str, tmp_path: Path) -> None:
    donor = f'{beginning}HYPERLINK("http://example.org","aid")'
    offers = dated().offers.assign(donor=donor)
    book = written(dated(offers=offers, name=donor, note=donor), ferry_plan(), tmp_path)
    cells = [cell for sheet in book for row in sheet.iter_rows() for cell in row if donor in str(cell.value)]
    assert len(cells) >= 6
    assert {cell.data_type for cell in cells} == {"s"}
    assert not any(cell.hyperlink for cell in cells)


def test_an_older_plan_is_replaced_whole_and_nothing_is_left_beside_it(tmp_path: Path) -> None:
    (tmp_path / "plan.xlsx").write_text("older")
    assert written(dated(), ferry_plan(), tmp_path).sheetnames == SHEETS
    assert [file.name for file in tmp_path.iterdir()] == ["plan.xlsx"]


def test_a_folder_that_is_not_there_is_an_error_of_the_system(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="nowhere"):
        write_plan(dated(), ferry_plan(), tmp_path / "nowhere" / "plan.xlsx")
