"""The tracker's rows become promises, deliveries and statements; a later release posts only what differs."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from pledgeway.access.deciding import system
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.stages import Act
from pledgeway.evidence.models import Statement
from pledgeway.intake.kiel import Imported, OlderReleaseError, import_tracker
from pledgeway.ledger.audit import audit_ledger
from pledgeway.ledger.balances import balances
from pledgeway.ledger.cuts import Cut
from pledgeway.ledger.models import Batch, CommitmentTerms, Posting
from pledgeway.ledger.posting import Draft, post
from pledgeway.ledger.reports import Rates, commitments, goods
from pledgeway.registry.changing import change
from pledgeway.registry.models import Change, Item, Party
from pledgeway.tables.faults import FaultyInput
from tests.formats import tracker
from tests.formats.tracker import Row, rows, write_tracker
from tests.ledger.promises import PLEDGED, day

pytestmark = pytest.mark.usefixtures("sqlite")


def imported(folder: Path, given: list[Row], release: int = 8, until: str = "October 3, 2022") -> Imported:
    return import_tracker(write_tracker(folder / f"release-{release}.xlsx", given, release, until))


def changed(at: int, **cells: Any) -> list[Row]:
    given = rows()
    given[at] = given[at] | cells
    return given


def standing(by: str = "commitment,stage", cut: Cut | None = None) -> dict[tuple[str, ...], tuple[Any, bool]]:
    found = balances(by.split(","), cut)
    return {tuple(one.group.values()): (float(one.quantity), one.amount.marks > 0) for one in found}


def test_every_row_is_used_or_listed_with_its_reason(tmp_path: Path) -> None:
    done = imported(tmp_path, rows())
    unused = [one for one in done.unused if one.whole_row]
    assert done.tracker.row_count == 13 == done.used + len(unused)
    assert [(one.row, one.reason) for one in unused] == [
        (13, "no package to which the row belongs"),
        (14, "no kind of aid; one of military, humanitarian, financial is needed"),
    ]
    assert [(one.where, one.found) for one in done.unused if not one.whole_row] == [
        ("Bilateral assistance, MAIN DATA!M7", "1.000.00")
    ]
    assert done.new == 11
    assert audit_ledger().faults == []


def test_what_rows_promise_and_what_was_delivered(tmp_path: Path) -> None:
    imported(tmp_path, rows())
    assert standing() == {
        ("kiel:NOM1:howitzer:1", "pledged"): (6, False),
        ("kiel:NOM1:howitzer:1", "delivered"): (4, False),
        ("kiel:NOM1:helmet:1", "delivered"): (5000, False),
        ("kiel:NOM1:helmet:2", "pledged"): (200, False),
        ("kiel:NOM1:drone:1", "pledged"): (0, True),
        ("kiel:NOM1:drone:1", "delivered"): (0, True),
        ("kiel:NOM1:missile:1", "pledged"): (0, True),
        ("kiel:NOM1:missile:1", "delivered"): (201, False),
        ("kiel:NOM1:rifle:1", "pledged"): (0, True),
        ("kiel:NOH1::1", "delivered"): (9887, False),
        ("kiel:NOF1::1", "pledged"): (5000000, False),
        ("kiel:NOF2::1", "pledged"): (300.5, False),
        ("kiel:SUH1::1", "pledged"): (0, True),
        ("kiel:SUH2:ton of coal:1", "pledged"): (216.5, False),
    }
    kinds = dict(CommitmentTerms.objects.values_list("commitment__key", "commitment__kind"))
    assert [kinds[f"kiel:{key}::1"] for key in ("NOH1", "NOF1", "NOF2")] == ["envelope", "loan", "guarantee"]
    assert Item.objects.filter(name__iexact="helmet").count() == 1


def test_days_count_from_the_latest_possible_one(tmp_path: Path) -> None:
    imported(tmp_path, rows())
    assert ("kiel:NOF1::1", "pledged") not in standing(cut=Cut(date(2022, 4, 26)))
    assert ("kiel:NOF1::1", "pledged") in standing(cut=Cut(date(2022, 4, 27)))
    assert ("kiel:NOF2::1", "pledged") in standing(cut=Cut(date(2022, 3, 31)))
    assert standing(cut=Cut(date(2022, 10, 2)))["kiel:NOM1:howitzer:1", "pledged"] == (10, False)


def test_a_package_counts_once_and_an_unknown_value_is_not_zero(tmp_path: Path) -> None:
    imported(tmp_path, rows())
    sums = {tuple(line.group.values()): line for line in commitments(["donor", "purpose"], "EUR")}
    assert {key: float(line.amount) for key, line in sums.items()} == {
        ("Norland", "military"): 1000000,
        ("Norland", "humanitarian"): 10000,
        ("Norland", "financial"): 5000300.5,
        ("Sudland", "military"): 0,
        ("Sudland", "humanitarian"): 70,
        ("Sudland", "financial"): 0,
    }
    assert {key: line.unknown for key, line in sums.items() if line.unknown} == {("Sudland", "humanitarian"): 1}
    assert commitments(["donor"], "EUR", cut=Cut(date(2022, 2, 1))) == []


def test_money_is_converted_as_the_source_did_or_at_the_rate_of_the_promise(tmp_path: Path) -> None:
    imported(tmp_path, rows())
    # On 1 March 2022 one euro bought 1.1162 dollars (European Central Bank).
    for rates, expected in ((Rates.SOURCE, 10000), (Rates.PROMISE_DATE, 9887 / 1.1162)):
        found = {line.group["purpose"]: line for line in commitments(["purpose"], "EUR", rates)}
        assert float(found["humanitarian"].amount) == pytest.approx(expected + 70)
    dollars = {line.group["purpose"]: line for line in commitments(["purpose"], "USD")}
    assert float(dollars["humanitarian"].amount) == 9887
    assert dollars["humanitarian"].unconverted == {"EUR": 70}


def test_goods_by_item_and_donor_with_what_is_undisclosed(tmp_path: Path) -> None:
    imported(tmp_path, rows())
    lines = {line.item: (tuple(line.promised), tuple(line.delivered)) for line in goods()}
    assert lines == {
        "howitzer": ((10, 0), (4, 0)),
        "Helmet": ((5200, 0), (5000, 0)),
        "drone": ((0, 2), (0, 1)),
        "missile": ((201, 1), (201, 0)),
        "rifle": ((0, 1), (0, 0)),
        "ton of coal": ((216500000, 0), (0, 0)),
    }


def test_the_same_file_twice_changes_nothing(tmp_path: Path) -> None:
    imported(tmp_path, rows())
    before = (Batch.objects.count(), Posting.objects.count(), Statement.objects.count())
    again = imported(tmp_path, rows())
    assert again.batch is None
    assert (Batch.objects.count(), Posting.objects.count(), Statement.objects.count()) == before


def test_every_posting_rests_on_a_passage_and_its_addresses(tmp_path: Path) -> None:
    imported(tmp_path, rows())
    assert not Posting.objects.filter(statement=None).exists()
    delivered = Statement.objects.get(passage="4 units delivered")
    assert [source.address for source in delivered.cites.all()] == ["https://example.org/handed-over"]
    said = Statement.objects.get(passage="Norland announces NOM1.")
    assert [source.address for source in said.cites.all()] == ["https://example.org/NOM1"]
    assert said.source.licence == "CC BY 4.0"


def test_a_newer_release_posts_only_what_was_delivered_since(tmp_path: Path) -> None:
    imported(tmp_path, rows())
    later = imported(tmp_path, changed(0, delivered=7), 9, "December 1, 2022")
    assert (later.postings, later.changed, later.gone) == (1, ["kiel:NOM1:howitzer:1"], [])
    held = standing(cut=Cut(date(2022, 11, 1)))
    assert held["kiel:NOM1:howitzer:1", "delivered"] == (4, False)
    assert standing()["kiel:NOM1:howitzer:1", "delivered"] == (7, False)


def test_a_newer_release_that_says_otherwise_takes_back_and_posts_anew(tmp_path: Path) -> None:
    imported(tmp_path, rows())
    later = imported(tmp_path, changed(0, promised=8, delivered=3), 9, "December 1, 2022")
    assert (later.postings, later.changed) == (4, ["kiel:NOM1:howitzer:1"])
    howitzers = {key[1]: value[0] for key, value in standing().items() if key[0] == "kiel:NOM1:howitzer:1"}
    assert howitzers == {"pledged": 5, "delivered": 3}
    known_then = standing(cut=Cut(known_at=1))
    assert known_then["kiel:NOM1:howitzer:1", "delivered"] == (4, False)
    assert audit_ledger().faults == []


@pytest.mark.parametrize(
    ("at", "cells", "expected"),
    [
        (3, {"promised": 30, "delivered": "undisclosed"}, {"pledged": (30, False), "delivered": (0, True)}),
        (3, {"promised": 30, "delivered": 12}, {"pledged": (18, False), "delivered": (12, False)}),
        (0, {"promised": "undisclosed", "delivered": 4}, {"pledged": (0, True), "delivered": (4, False)}),
        (0, {"promised": 3, "delivered": 4}, {"delivered": (4, False)}),
        (0, {"promised": 10, "delivered": 0}, {"pledged": (10, False)}),
        (0, {"day": date(2022, 3, 5)}, {"pledged": (6, False), "delivered": (4, False)}),
        (4, {"delivered": 300}, {"pledged": (0, True), "delivered": (300, False)}),
    ],
)
def test_a_release_brings_a_promise_to_what_it_says(
    tmp_path: Path, at: int, cells: Row, expected: dict[str, tuple[float, bool]]
) -> None:
    imported(tmp_path, rows())
    later = imported(tmp_path, changed(at, **cells), 9, "December 1, 2022")
    (key,) = later.changed
    assert {spot[1]: value for spot, value in standing().items() if spot[0] == key} == expected
    assert imported(tmp_path, changed(at, **cells), 9, "December 1, 2022").batch is None
    assert audit_ledger().faults == []


def test_new_words_are_new_terms_without_postings(tmp_path: Path) -> None:
    imported(tmp_path, rows())
    later = imported(tmp_path, changed(7, text="Norland lends more clearly."), 9, "December 1, 2022")
    assert (later.postings, later.changed) == (0, ["kiel:NOF1::1"])
    assert CommitmentTerms.objects.filter(commitment__key="kiel:NOF1::1").count() == 2


def test_a_row_that_a_release_no_longer_lists_is_taken_back(tmp_path: Path) -> None:
    imported(tmp_path, rows())
    later = imported(tmp_path, [row for row in rows() if row["package"] != "NOM1"], 9, "December 1, 2022")
    assert len(later.gone) == 6
    found = {tuple(line.group.values()): line for line in commitments(["donor", "purpose"], "EUR")}
    assert (found["Norland", "military"].amount, found["Norland", "military"].unknown) == (0, 0)
    assert imported(tmp_path, rows(), 9, "December 1, 2022").gone == []
    assert standing()["kiel:NOM1:howitzer:1", "delivered"] == (4, False)
    assert audit_ledger().faults == []


def test_what_others_have_posted_to_is_left_to_them(tmp_path: Path) -> None:
    imported(tmp_path, rows())
    key, committed = "kiel:NOM1:howitzer:1", Position("committed")
    post(Draft(system("desk"), moves=[Move(key, Act.ADVANCE, PLEDGED, committed, 2, day(1))]))
    post(Draft(system("desk"), moves=[Move(key, Act.ADVANCE, committed, Position("in transit"), 2, day(2))]))
    later = imported(tmp_path, changed(0, promised=8), 9, "December 1, 2022")
    assert later.postings == 0
    assert [(one.found, one.reason) for one in later.unused][-1] == (
        key, "others have posted to this promise since; what the release changes must be mended by hand",
    )  # fmt: skip


def test_an_older_release_is_refused(tmp_path: Path) -> None:
    imported(tmp_path, rows(), 9)
    with pytest.raises(OlderReleaseError, match="release 9 was imported already; release 8 is older"):
        imported(tmp_path, rows(), 8)


PRODUCTS = [("Country", "GDP (2021)", "GDP (EUR)"), ("", "US$ billion", "\u20ac billion")]


def told() -> list[tuple[Any, ...]]:
    return list(
        Party.objects.exclude(gdp_year=None).order_by("name").values_list("name", "gdp_million_eur", "gdp_year")
    )


def test_gross_domestic_products_come_in_where_no_officer_said_otherwise(tmp_path: Path) -> None:
    def bring(release: int, *countries: tuple[Any, ...]) -> Imported:
        return import_tracker(write_tracker(tmp_path / "a.xlsx", rows(), release, products=[*PRODUCTS, *countries]))

    import_tracker(write_tracker(tmp_path / "a.xlsx", rows()))
    assert told() == []
    assert bring(8, ("Norland", 9, 10.5), ("Sudland", 1, "."), ("Elsewhere", 3, 3.0)).batch is None
    assert told() == [("Norland", 10500.0, 2021)]
    assert Change.objects.filter(field="gdp_million_eur").count() == 1
    bring(8, ("Norland", 9, 10.5))
    assert Change.objects.filter(field="gdp_million_eur").count() == 1
    change(Party.objects.get(name="Sudland"), {"gdp_million_eur": 7.0, "gdp_year": 2020, "gdp_source": "us"}, "ann")
    bring(8, ("Norland", 9, 11.0), ("Sudland", 1, 2.0))
    assert told() == [("Norland", 11000.0, 2021), ("Sudland", 7.0, 2020)]
    bring(8, ("Norland", 9, 12.0), ("Sudland", 1, 2.0), ("", "US$ billion"))
    in_dollars = [PRODUCTS[0], ("", "US$ billion", "US$ billion"), ("Norland", 9, 13.0)]
    import_tracker(write_tracker(tmp_path / "a.xlsx", rows(), products=in_dollars))
    assert told()[0] == ("Norland", 12000.0, 2021)


def test_what_is_no_tracker_is_refused_with_every_fault(tmp_path: Path) -> None:
    given = [{key: value for key, value in row.items() if key != "item"} for row in rows()]
    file = write_tracker(tmp_path / "a.xlsx", given, until="the end of time")
    with pytest.raises(FaultyInput, match="ReadMe"):
        import_tracker(file)
    without = [name for name in tracker.HEADER if name not in ("ID", "countries")]
    file = tmp_path / "b.xlsx"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tracker, "HEADER", without)
        write_tracker(file, [])
    with pytest.raises(FaultyInput) as caught:
        import_tracker(file)
    assert [fault.found for fault in caught.value.faults] == ["no column 'ID'", "no column 'countries'"]
    assert Batch.objects.count() == 0


def test_formulas_without_results_are_refused(tmp_path: Path) -> None:
    given = [row | {"total": "", "converted": ""} for row in rows()]
    with pytest.raises(FaultyInput, match="the formulas have no results"):
        imported(tmp_path, given)
