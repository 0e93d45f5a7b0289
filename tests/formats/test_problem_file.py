"""Every kind of fault in a problem file is found, with its table, row and field; what the format allows is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pledgeway.formats import read, read_problem, write_problem
from pledgeway.planning.problem import Problem, digest, from_dict, to_dict
from pledgeway.tables.faults import FaultyInput
from tests.formats.sample import sample

Content = dict[str, Any]


def content() -> Content:
    return json.loads(json.dumps(to_dict(sample())))


def written(given: Any, folder: Path) -> Path:
    file = folder / "problem.json"
    file.write_text(given if isinstance(given, str) else json.dumps(given), encoding="utf-8")
    return file


def faults_of(given: Any, folder: Path) -> list[tuple[str, str, str]]:
    with pytest.raises(FaultyInput) as caught:
        read(written(given, folder))
    return [(fault.where, fault.found, fault.allowed) for fault in caught.value.faults]


FAULTS: list[tuple[Callable[[Content], Any], tuple[str, str, str]]] = [
    (lambda p: p.update(format="pledgeway-plan/1"), ("format", "'pledgeway-plan/1'", "'pledgeway-problem/1'")),
    (lambda p: p.pop("days"), ("days", "nothing", "a whole number from 1 to 36,525")),
    (lambda p: p.update(days=30.5), ("days", "30.5", "a whole number")),
    (lambda p: p.update(days=0), ("days", "0", "a whole number from 1 to 36,525")),
    (lambda p: p.update(name=None), ("name", "nothing", "a text")),
    (lambda p: p.update(start_date="1 March"), ("start_date", "'1 March'", "a date such as '2026-03-31', or null")),
    (lambda p: p.pop("lanes"), ("lanes", "nothing", "a list of lanes")),
    (lambda p: p.update(courses={}), ("courses", "an object", "a list of objects")),
    (lambda p: p["offers"].append(3), ("offers[3]", "3", "an object")),
    (lambda p: p["offers"][0].pop("quantity"), ("offers[O1].quantity", "nothing", "a number of 0 or more")),
    (lambda p: p["offers"][0].update(quantity=None), ("offers[O1].quantity", "nothing", "a number")),
    (lambda p: p["offers"][0].update(quantity="10"), ("offers[O1].quantity", "'10'", "a number")),
    (lambda p: p["offers"][0].update(quantity=True), ("offers[O1].quantity", "true", "a number")),
    (lambda p: p["offers"][0].update(quantity=-1), ("offers[O1].quantity", "-1", "a number of 0 or more")),
    (lambda p: p["offers"][0].update(quantity=10**400), ("offers[O1].quantity", "1" + "0" * 76 + "...",
                                                         "a finite number")),
    (lambda p: p["offers"][0].update(id=1), ("offers[0].id", "1", "a text")),
    (lambda p: p["offers"][0].update(recipients="Army"), ("offers[O1].recipients", "'Army'",
                                                          "a list of texts, or null")),
    (lambda p: p["offers"][0].update(available_from=1.5), ("offers[O1].available_from", "1.5", "a whole number")),
    (lambda p: p["offers"][0].update(available_until=30), ("offers[O1].available_until", "2026-03-31",
                                                           "a day of the plan, from 2026-03-01 to 2026-03-30")),
    (lambda p: p["offers"][0].update(item="generator"), ("offers[O1].item", "'generator'", "the id of an item")),
    (lambda p: p["offers"][1].update(id="O1"), ("offers[O1].id", "id 'O1' again",
                                               "each only once; it stands at offers[O1].id already")),
    (lambda p: p["offers"][0].update(in_storage="yes"), ("offers[O1].in_storage", "'yes'", "true or false")),
    (lambda p: p["places"][0].update(kind="Port"), ("places[OSL].kind", "'Port'",
        "depot, port, airport, rail, hub or handover; the closest is 'port'")),
    (lambda p: p["places"][0].update(name="\ud800"), ("places[OSL].name", "'\ud800'",
        "text without halves of characters")),
    (lambda p: p["lanes"][0].pop("exceptions"), ("lanes[sea].exceptions", "nothing",
        "a list of objects with first_day, last_day and capacity_t_per_day")),
    (lambda p: p["lanes"][0].update(capacity_t_per_day=None), ("lanes[sea].capacity_t_per_day", "nothing", "a number")),
    (lambda p: p["lanes"][1]["exceptions"][0].update(first_day=-1), ("lanes[road].exceptions[0].first_day",
        "2026-02-28", "a day of the plan, from 2026-03-01 to 2026-03-30")),
    (lambda p: p["lanes"][1]["exceptions"].append("closed"), ("lanes[road].exceptions[2]", "'closed'", "an object")),
    (lambda p: p["lanes"][0].update(transit_days=0), ("lanes[sea].transit_days", "0",
        "a whole number from 1 to 1,000,000,000")),
    (lambda p: p["requirements"][0]["accepts"][1].update(factor=1.5), ("requirements[R1].accepts[1].factor", "1.5",
        "a number above 0 and up to 1")),
    (lambda p: p["requirements"][0].update(accepts=None), ("requirements[R1].accepts", "nothing", "a list of objects")),
    (lambda p: p["requirements"][0].pop("weight"), ("requirements[R1].weight", "nothing", "a number of 0 or more")),
    (lambda p: p["requirements"][0]["accepts"].append({"item": "gen", "factor": 1}),
     ("requirements[R1].accepts[2].item", "requirement 'R1' and item 'gen' again",
      "each only once; it stands at requirements[R1].accepts[0].item already")),
    (lambda p: p["pins"][0].update(offer="O9"), ("pins[0].offer", "'O9'", "the id of an offer")),
]  # fmt: skip


@pytest.mark.parametrize(("change", "fault"), FAULTS)
def test_a_fault_is_named(change: Callable[[Content], Any], fault: tuple[str, str, str], tmp_path: Path) -> None:
    given = content()
    change(given)
    faults = faults_of(given, tmp_path)
    assert fault in faults


def test_all_faults_are_listed_at_once(tmp_path: Path) -> None:
    given = content()
    given["offers"][0]["quantity"] = "ten"
    given["lanes"][1]["origin"] = 5
    given["requirements"][2]["due"] = 99
    del given["items"][1]["mass_t"]
    assert [where for where, _, _ in faults_of(given, tmp_path)] == [
        "lanes[road].origin", "items[fuel].mass_t", "offers[O1].quantity", "requirements[R3].due"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "where", "found"),
    [
        ('{\n"format": }', ", line 2", "Expecting value (column 11)"),
        ("", ", line 1", "Expecting value (column 1)"),
        ("[]", "", "a list"),
        ('{"days": NaN}', "", "NaN, which is not a number"),
        ('{"days": -Infinity}', "", "-Infinity, which is not a number"),
        ("[" * 100_000, "", "objects within objects without end"),
    ],
)
def test_what_is_no_json_object_is_named_with_its_line(text: str, where: str, found: str, tmp_path: Path) -> None:
    faults = faults_of(text, tmp_path)
    assert [(fault[0], fault[1]) for fault in faults] == [(f"{tmp_path / 'problem.json'}{where}", found)]


def test_numbers_too_large_for_any_machine_are_named(tmp_path: Path) -> None:
    text = json.dumps(content()).replace('"quantity": 10', '"quantity": 1e400')
    assert faults_of(text, tmp_path) == [("offers[O1].quantity", "inf", "a finite number")]


def test_bytes_that_are_no_text_are_named(tmp_path: Path) -> None:
    (tmp_path / "problem.json").write_bytes(b'{"name": "\xff"}')
    with pytest.raises(FaultyInput, match="byte 10 is not UTF-8"):
        read(tmp_path / "problem.json")


@pytest.mark.parametrize(
    ("name", "found"),
    [("none.json", "no such file"), ("none.xlsx", "no such file"), ("none.ods", "a name that ends in '.ods'"),
     ("none", "a name without an ending"), ("folder.json", "a folder"), ("folder.xlsx", "a folder")],
)  # fmt: skip
def test_what_is_no_file_is_named(name: str, found: str, tmp_path: Path) -> None:
    (tmp_path / "folder.json").mkdir()
    (tmp_path / "folder.xlsx").mkdir()
    with pytest.raises(FaultyInput) as caught:
        read_problem(tmp_path / name)
    assert [fault.found for fault in caught.value.faults] == [found]


def test_a_problem_is_written_only_to_kinds_of_file_that_are_known(tmp_path: Path) -> None:
    with pytest.raises(FaultyInput, match="a workbook"):
        write_problem(sample(), tmp_path / "problem.csv")
    assert list(tmp_path.iterdir()) == []


def test_a_row_stands_on_a_line(tmp_path: Path) -> None:
    write_problem(sample(), tmp_path / "problem.json")
    lines = (tmp_path / "problem.json").read_text(encoding="utf-8").splitlines()
    assert sum(line.lstrip().startswith('{"id": "O') and line.count("donor") == 1 for line in lines) == 2
    assert ' "days": 30,' in lines


def legal(**tables: Any) -> Problem:
    """Return a problem with unusual but legal content."""
    place = {"id": "A", "storage_t": 0.0, "handling_t_per_day": 0.0}
    return Problem(**{"name": "", "days": 1, "places": [place], "items": [{"id": "I", "mass_t": 0.0}], **tables})


NEED = {"id": "R", "recipient": "X", "quantity": 0.5, "destination": "A", "due": 0, "grace_days": 0, "weight": 0.0}
LANE = {"id": "L", "origin": "A", "destination": "A", "transit_days": 9, "capacity_t_per_day": 0.0}


@pytest.mark.parametrize(
    "problem",
    [
        legal(),
        legal(places=[], items=[]),
        legal(requirements=[NEED]),
        legal(requirements=[NEED], accepts=[{"requirement": "R", "item": "I", "factor": 1e-9}]),
        legal(lanes=[LANE], exceptions=[{"lane": "L", "first_day": 0, "last_day": 0, "capacity_t_per_day": 0.0}]),
        legal(
            days=2, lanes=[LANE], exceptions=[{"lane": "L", "first_day": 1, "last_day": 0, "capacity_t_per_day": 5.0}]
        ),
        legal(offers=[{"id": "O", "donor": "", "item": "I", "quantity": 0.0, "origin": "A", "recipients": ()}]),
    ],
)
def test_what_the_format_allows_is_read(problem: Problem, tmp_path: Path) -> None:
    write_problem(problem, tmp_path / "legal.json")
    assert to_dict(read_problem(tmp_path / "legal.json")) == to_dict(problem)


def test_other_keys_are_ignored_and_optional_ones_may_be_missing(tmp_path: Path) -> None:
    given = content()
    given["colour"] = {"any": ["thing"]}
    given["offers"][0]["colour"] = None
    for place in given["places"]:
        for key in ("name", "kind", "country", "lat", "lon", "storage_t", "handling_t_per_day"):
            place.pop(key)
    del given["pins"], given["note"], given["start_date"], given["items"][0]["seats_per_unit"]
    for lane in given["lanes"]:
        lane.pop("sailing_days", None)
    problem = read_problem(written(given, tmp_path))
    assert problem.places["kind"].tolist() == ["depot"] * 3
    assert problem.places["storage_t"].isna().all()
    assert problem.items["seats_per_unit"].tolist() == [1.0, 1.0, 8.0]


def test_sailing_days_and_the_exceptions_they_imply_are_told_from_others() -> None:
    whole = to_dict(sample())
    assert len(whole["lanes"][0]["exceptions"]) > 5, "no sailing but on Mondays and Thursdays"
    assert digest(from_dict(whole)) == digest(sample())
    bare = content()
    bare["lanes"][0]["exceptions"] = [{"first_day": 3, "last_day": 3, "capacity_t_per_day": 1.0}]
    kept = from_dict(bare).exceptions
    assert kept[kept["lane"] == "sea"]["first_day"].tolist() == [3], (
        "an exception of its own is not taken for one implied"
    )
