"""Problems of every kind, for round trips: strange names, values and nothing, order that matters."""

from __future__ import annotations

from datetime import date
from typing import Any

from hypothesis import strategies as st

from pledgeway.planning.problem import Problem

LETTERS = st.characters(blacklist_categories=("Cs",), blacklist_characters="\ufffe\uffff")
ODD = st.sampled_from(
    [
        "007",
        "1e5",
        "=1+1",
        "+x",
        "-x",
        "@sum",
        "nobody",
        "a;b",
        '"',
        '"q"',
        '""',
        " x ",
        "Ł\u00f3d\u017a",
        "TRUE",
        "2026-03-01",
        "None",
        "nan",
        "_x0041_",
        "\U0001f69a",
        "\t",
        "line\nline",
        "\r\n",
        "\x01",
        "#N/A",
        "\u00a0",
    ]
)
TEXT = st.one_of(st.text(LETTERS, max_size=8), ODD)
MAYBE_TEXT = st.one_of(st.none(), TEXT)
AMOUNT = st.one_of(
    st.floats(0, 1e6, allow_nan=False),
    st.integers(0, 9).map(float),
    st.sampled_from([0.1 + 0.2, 1e-9, 1e22, 123456789.123456789]),
)
LIMIT = st.one_of(st.none(), AMOUNT)


def ids(least: int = 0) -> st.SearchStrategy[list[str]]:
    """Draw the ids of a table."""
    return st.lists(TEXT, min_size=least, max_size=3, unique=True)


@st.composite
def problems(draw: st.DrawFn) -> Problem:
    """Draw a problem without faults: it need not make sense, but a workbook can be read into it."""
    days = draw(st.integers(1, 400))
    day = st.integers(0, days - 1)
    start = draw(st.one_of(st.none(), st.dates(date(1880, 1, 1), date(2200, 1, 1))))
    places, items = draw(ids(1)), draw(ids(1))
    place, item = st.sampled_from(places), st.sampled_from(items)
    both = {"source": MAYBE_TEXT, "note": MAYBE_TEXT}

    def rows(keys: list[str], **columns: st.SearchStrategy[Any]) -> list[dict[str, Any]]:
        return [{"id": key, **{name: draw(values) for name, values in columns.items()}} for key in keys]

    lane_rows = [
        {"id": f"home {place}", "origin": place, "destination": place, "transit_days": 1, "capacity_t_per_day": 1.5}
        for place in places
    ] + rows(
        draw(st.lists(TEXT.filter(lambda text: not text.startswith("home")), max_size=2, unique=True)),
        origin=place,
        destination=place,
        mode=st.sampled_from(["road", "rail", "sea", "air"]),
        transit_days=st.integers(1, 40),
        capacity_t_per_day=AMOUNT,
        cost_per_t=AMOUNT,
        sailing_days=st.sampled_from([None, "every 7 days", "every 2 days from 1"]),
        **both,
    )
    windows = [(min(a, b), max(a, b)) for a, b in draw(st.lists(st.tuples(day, day), min_size=9, max_size=9))]
    offers = rows(
        draw(ids()),
        donor=TEXT,
        item=item,
        quantity=AMOUNT,
        origin=place,
        recipients=st.one_of(st.none(), st.lists(TEXT, max_size=3).map(tuple)),
        in_storage=st.booleans(),
        **both,
    )
    for offer, window in zip(offers, windows, strict=False):
        offer["available_from"], offer["available_until"] = window
    needs = rows(
        draw(ids()),
        recipient=TEXT,
        quantity=AMOUNT,
        destination=place,
        due=day,
        grace_days=st.integers(0, 30),
        weight=st.one_of(AMOUNT, st.just(60.0)),
        priority=st.integers(1, 6),
        **both,
    )
    accepts = [
        {"requirement": need["id"], "item": accepted, "factor": draw(st.sampled_from([1.0, 1.0, 0.5, 1 / 3]))}
        for need in needs
        for accepted in draw(st.permutations(items))[: draw(st.integers(1, len(items)))]
    ]
    return Problem(
        name=draw(TEXT),
        days=days,
        transport_weight=draw(AMOUNT),
        start_date=start,
        note=draw(MAYBE_TEXT),
        places=rows(
            places,
            name=TEXT,
            kind=st.sampled_from(["depot", "port", "airport", "rail", "hub", "handover"]),
            country=MAYBE_TEXT,
            lat=st.one_of(st.none(), st.floats(-90, 90)),
            lon=st.one_of(st.none(), st.floats(-180, 180)),
            storage_t=LIMIT,
            handling_t_per_day=LIMIT,
            **both,
        ),
        lanes=lane_rows,
        exceptions=[
            {
                "lane": draw(st.sampled_from(lane_rows))["id"],
                "first_day": first,
                "last_day": last,
                "capacity_t_per_day": draw(AMOUNT),
                "note": draw(MAYBE_TEXT),
            }
            for first, last in windows[: draw(st.integers(0, 3))]
        ],
        items=rows(
            items,
            name=TEXT,
            mass_t=st.one_of(AMOUNT, st.just(1.0)),
            divisible=st.booleans(),
            training=MAYBE_TEXT,
            seats_per_unit=AMOUNT,
            **both,
        ),
        offers=offers,
        requirements=needs,
        accepts=accepts,
        courses=rows(
            draw(ids()), training=TEXT, start=day, duration_days=st.integers(0, 90), seats=st.integers(0, 1000), **both
        ),
        pins=[
            {
                "offer": offer["id"],
                "requirement": need["id"],
                "kind": "forbidden",
                "quantity": draw(LIMIT),
                "note": draw(MAYBE_TEXT),
            }
            for offer in offers
            for need in needs
            if draw(st.booleans())
        ],
    )
