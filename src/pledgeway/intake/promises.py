"""What a row of the tracker promises: its kind, its unit, and the postings that it makes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Decimal

from pledgeway.accounts.days import Day
from pledgeway.accounts.moves import Move, Position, Unknown
from pledgeway.accounts.quantities import NO_CURRENCY, currency_decimals, to_parts
from pledgeway.accounts.stages import Act
from pledgeway.formats.kiel import TrackerRow
from pledgeway.registry.models import Item

MONEY_TYPES = {"grant": "grant", "loan": "loan", "guarantee": "guarantee", "swap-line": "loan"}
"""Kinds of aid that are commitments of their own kind; all other money is an envelope."""

PAID = {"envelope": "delivered", "grant": "disbursed", "loan": "disbursed", "guarantee": "in force"}
PLEDGED = Position("pledged")


@dataclass(frozen=True)
class Flow:
    """A quantity in parts, or one of unknown size."""

    quantity: int = 0
    unknown: bool = False

    def __bool__(self) -> bool:
        return self.quantity > 0 or self.unknown


@dataclass(frozen=True)
class Promise:
    """What a row comes to: a commitment, what is promised and what of it was delivered. ``rounded`` tells where."""

    key: str
    row: TrackerRow
    kind: str
    unit: str
    decimals: int
    item: Item | None
    promised: Flow
    delivered: Flow
    rounded: tuple[str, str] | None = None

    @property
    def goal(self) -> Position:
        """Where what was delivered stands."""
        return Position(PAID.get(self.kind, "delivered"))


def promise_of(row: TrackerRow, item: Item | None, key: str) -> Promise:
    """Return what ``row`` promises. ``item`` is None for money, whose amount is known on a package's first row."""
    return _goods(row, item, key) if item is not None else _money(row, key)


def _goods(row: TrackerRow, item: Item, key: str) -> Promise:
    flows, rounded = [], None
    for column, count in (("promised", row.promised), ("delivered", row.delivered)):
        if count.known is None:
            flows.append(Flow(unknown=count.unknown))
            continue
        parts, changed = _parts(count.known, item.decimals)
        flows.append(Flow(parts))
        rounded = (column, f"finer than {item.unit}s are counted; rounded") if changed else rounded
    promised = Flow(unknown=True) if row.promised.known is None else flows[0]
    return Promise(key, row, "goods", item.unit, item.decimals, item, promised, flows[1], rounded)


def _money(row: TrackerRow, key: str) -> Promise:
    kind = MONEY_TYPES.get(row.type.casefold(), "envelope")
    currency = row.currency or NO_CURRENCY
    decimals = currency_decimals(currency)
    if row.total is None or not row.currency:
        return Promise(key, row, kind, currency, decimals, None, Flow(unknown=True), _paid(row, Flow(unknown=True)))
    parts, changed = _parts(row.total, decimals)
    rounded = ("total", f"finer than {currency} is counted; rounded in the envelope, kept exactly as stated value")
    promised = Flow(parts)
    return Promise(
        key, row, kind, currency, decimals, None, promised, _paid(row, promised), rounded if changed else None
    )


def _paid(row: TrackerRow, promised: Flow) -> Flow:
    """Return what of money was delivered: the whole where the tracker's value delivered is the value promised."""
    if not row.delivered_eur:
        return Flow()
    return promised if row.delivered_eur == row.converted else Flow(unknown=True)


def _parts(quantity: Decimal, decimals: int) -> tuple[int, bool]:
    exact = quantity.quantize(Decimal(1).scaleb(-decimals), rounding=ROUND_HALF_EVEN)
    return to_parts(exact, decimals), exact != quantity


def promise_moves(promise: Promise, statement: str) -> list[Move]:
    """Return the posting of the promise itself."""
    flow = promise.promised
    if not flow:
        return []
    unknown = Unknown.SOME if flow.unknown else Unknown.NONE
    return [Move(promise.key, Act.PROMISE, None, PLEDGED, flow.quantity, promise.row.day, unknown, statement)]


def delivery_moves(promise: Promise, flow: Flow, day: Day, statement: str, still_pledged: int) -> list[Move]:
    """Return the postings of a delivery; what is beyond the known ``still_pledged`` parts amends the promise."""
    if not flow:
        return []
    day = max(day, promise.row.day, key=lambda one: one.latest)
    key, moves = promise.key, []
    beyond = flow.quantity - still_pledged
    if beyond > 0:
        moves.append(Move(key, Act.AMEND, None, PLEDGED, beyond, day, statement=statement))
    # A part of unknown size that was delivered whole goes whole; else nobody knows how much of the promise it is.
    whole = promise.promised.unknown and promise.item is None
    unknown = (Unknown.PART if whole else Unknown.SOME) if flow.unknown else Unknown.NONE
    moves.append(Move(key, Act.ADVANCE, PLEDGED, promise.goal, flow.quantity, day, unknown, statement))
    return moves
