"""Of each pair of promise and requirement it is said what a plan does with what was allocated before."""

from __future__ import annotations

from typing import Any

from pledgeway.plans.comparing import differences, lines
from pledgeway.plans.models import Run


def run(keep: dict[tuple[str, str], float], after: dict[tuple[str, str], float]) -> Run:
    def rows(units: dict[tuple[str, str], float]) -> list[dict[str, Any]]:
        return [{"offer": offer, "requirement": need, "quantity": units} for (offer, need), units in units.items()]

    pairs = [{"offer": offer, "requirement": need, "before": units, "after": 0.0, "item": "Van", "donor": "Norway"}
             for (offer, need), units in keep.items() if (offer, need) not in after]  # fmt: skip
    return Run(keep=rows(keep), found={"allocations": rows(after), "change": {"pairs": pairs}})


BEFORE = {("O1", "R1"): 2.0, ("O1", "R2"): 4.0, ("O2", "R3"): 5.0, ("O3", "R4"): 3.0, ("O5", "R7"): 0.5}
AFTER = {("O1", "R1"): 2.0, ("O1", "R2"): 1.0, ("O1", "R5"): 3.0, ("O2", "R3"): 6.0, ("O4", "R6"): 1.0,
         ("O5", "R7"): 0.4999995}  # fmt: skip


def test_what_is_kept_moved_new_and_taken_back_is_told_apart() -> None:
    told = {(row["offer"], row["requirement"]): (row["before"], row["quantity"], row["change"])
            for row in lines(run(BEFORE, AFTER))}  # fmt: skip
    assert told == {
        ("O1", "R1"): (2, 2, "kept"),
        ("O1", "R2"): (4, 1, "partly taken back"),
        ("O1", "R5"): (0, 3, "moved"),
        ("O2", "R3"): (5, 6, "kept, and more"),
        ("O4", "R6"): (0, 1, "new"),
        ("O3", "R4"): (3, 0, "taken back"),
        ("O5", "R7"): (0.5, 0.4999995, "kept"),
    }


def test_two_plans_differ_where_their_units_do() -> None:
    other = run(BEFORE, {**AFTER, ("O1", "R1"): 5.0, ("O3", "R4"): 3.0})
    found = [(row["requirement"], row["one"], row["other"], row["change_one"], row["change_other"])
             for row in differences(run(BEFORE, AFTER), other)]  # fmt: skip
    assert found == [("R1", 2, 5, "kept", "kept, and more"), ("R4", 0, 3, "taken back", "kept")]
