"""Nonsense of any kind is answered with faults or read as a problem, never with a traceback."""

from __future__ import annotations

import contextlib
import json
import random
import tempfile
import zipfile
from datetime import date, datetime, time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pledgeway.formats import plan_file, read, write_problem
from pledgeway.planning.problem import digest, to_dict
from pledgeway.tables.faults import FaultyInput
from tests.formats.sample import sample, sample_sheets, write_sheets

NONSENSE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(10**12), 10**12),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(blacklist_categories=("Cs",)), max_size=12),
    st.dates(date(1900, 1, 1), date(9999, 12, 31)),
    st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)),
    st.sampled_from(
        [
            "OSL",
            "gen",
            "Army",
            "nobody",
            '"',
            ";;",
            "1e308",
            "-0",
            "0x10",
            "9" * 400,
            "Id",
            "Quantity",
            "Priority",
            "every 0 days",
            "every 99999999999999999999 days",
            "Mon",
            "\u0663",
            "1_000",
            "2026-13-01",
        ]
    ),
)
JSON = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.floats(), st.text(max_size=5), st.sampled_from([10**400, "\ud800"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["id", "item", "lane"]), inner)
    ),
    max_leaves=5,
)


def read_or_fault(file: Path) -> None:
    """Read ``file``; a problem that is read must be one that can be written again."""
    try:
        reading = read(file)
    except FaultyInput as faulty:
        faults = faulty.faults
    else:
        assert digest(reading.problem)
        assert all(str(warning) for warning in reading.warnings)
        return
    assert faults
    assert all(fault.where and fault.found and fault.allowed for fault in faults)


@settings(max_examples=150, deadline=None)
@given(data=st.data())
def test_nonsense_in_cells_of_a_workbook(data: st.DataObject) -> None:
    sheets = sample_sheets()
    for _ in range(data.draw(st.integers(1, 5))):
        rows = sheets[data.draw(st.sampled_from(sorted(sheets)))]
        row = data.draw(st.sampled_from(rows))
        row[data.draw(st.integers(0, len(row) - 1))] = data.draw(NONSENSE)
    with tempfile.TemporaryDirectory() as folder:
        read_or_fault(write_sheets(sheets, Path(folder) / "nonsense.xlsx"))


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_nonsense_in_values_of_a_problem_file(data: st.DataObject) -> None:
    content = to_dict(sample())
    for _ in range(data.draw(st.integers(1, 3))):
        _spoil(content, data)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "nonsense.json"
        file.write_text(json.dumps(content))
        read_or_fault(file)


@settings(max_examples=100, deadline=None)
@given(data=st.data())
def test_nonsense_in_values_of_a_plan_file(data: st.DataObject) -> None:
    content: dict[str, Any] = {
        "format": "pledgeway-plan/1",
        "problem": "P",
        "value": 1,
        "bound": 2,
        "movements": [
            {"offer": "O", "requirement": "R", "quantity": 1, "legs": [{"lane": "L", "departs": 1}], "usable": 2}
        ],
        "seats": [{"course": "C", "seats": 1}],
        "certificate": {"lanes": [["L", 1, 0.5]], "offers": [["O", 1]]},
        "run": {"trace": [{"seconds": 1, "value": None, "bound": 2}]},
        "unmet": [{"requirement": "R"}],
        "pins_cost": [1, 2],
    }
    _spoil(content, data)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "nonsense.json"
        file.write_text(json.dumps(content))
        with contextlib.suppress(FaultyInput):
            assert isinstance(plan_file.read(file).problem, str)


def _spoil(content: Any, data: st.DataObject) -> None:
    """Replace a value somewhere inside ``content`` by nonsense, or take it away."""
    while True:
        keys = sorted(content) if isinstance(content, dict) else list(range(len(content)))
        key = data.draw(st.sampled_from(keys))
        inner = content[key]
        if isinstance(inner, dict | list) and inner and data.draw(st.integers(0, 4)):
            content = inner
            continue
        if data.draw(st.booleans()):
            content[key] = data.draw(JSON)
        else:
            del content[key]
        return


@pytest.mark.parametrize("seed", range(25))
def test_damaged_bytes_of_a_workbook(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    file = tmp_path / "damaged.xlsx"
    write_problem(sample(), file)
    content = bytearray(file.read_bytes())
    for _ in range(draw.choice([1, 5, 50])):
        content[draw.randrange(len(content))] = draw.randrange(256)
    file.write_bytes(content[: draw.choice([len(content), len(content) // 2])])
    read_or_fault(file)


@pytest.mark.parametrize("seed", range(40))
def test_damaged_parts_of_a_workbook(seed: int, tmp_path: Path) -> None:
    draw = random.Random(seed)
    write_problem(sample(), tmp_path / "whole.xlsx")
    with zipfile.ZipFile(tmp_path / "whole.xlsx") as whole, zipfile.ZipFile(tmp_path / "odd.xlsx", "w") as odd:
        spoiled = draw.choice(whole.namelist())
        for name in whole.namelist():
            content = bytearray(whole.read(name))
            if name == spoiled:
                if draw.random() < 0.3:
                    continue
                for _ in range(draw.choice([1, 10])):
                    at = draw.randrange(len(content))
                    content[at : at + draw.choice([0, 1, 30])] = draw.choice(
                        [b"<", b"", b"&x;", b"\xff", b"99999999", b'"']
                    )
            odd.writestr(name, bytes(content))
    read_or_fault(tmp_path / "odd.xlsx")


def test_a_time_of_day_is_no_day(tmp_path: Path) -> None:
    sheets = sample_sheets()
    sheets["Requirements"][1][5] = time(3, 4)
    with pytest.raises(FaultyInput):
        read(write_sheets(sheets, tmp_path / "time.xlsx"))
