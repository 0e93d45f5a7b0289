"""How fast the one posting function writes, beside bare executemany into the same table, and how fast balances are.

Run in the repository:  python -m benchmarks.posting [--postings 1000000] [--engine sqlite] [--engine postgresql]

A ledger of 20,000 commitments grows batch by batch, each batch one posting to every commitment, a few of them dated
back. One donor makes half of all. After each batch, its postings go into a second database of the same tables, indexes,
constraints and triggers by bare executemany, one transaction, committed: what the driver does when nobody checks
anything, with the same journal and foreign keys. What a batch refers to is put there before, outside the measured
time, and the second database's positions never change.

Where the posting function's time goes, of 0.41 s for 20,000 lines on SQLite: a third reads what the commitments hold,
a tenth judges, a thirtieth hashes, half writes. What made it faster: one object for each position of a batch in place
of lookups by commitment and position; only the stages that a line names, and only the days after a posting that is
dated back, are read; keys go as one JSON document or array; SQLite takes 50 rows a statement; PostgreSQL's pages have
room for the next state of a position, so that no index changes with it (an update takes less than half the time). What
did not change the share on SQLite: a larger page cache, memory mapping, an index on stage, joins in place of IN.
"""

from __future__ import annotations

import argparse
import gc
import json
import random
import shutil
import sqlite3
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from tests import databases  # sets Django up, which the models need

# isort: split
import psycopg
from django.db import connection

from pledgeway.access.deciding import system
from pledgeway.accounts.days import Day
from pledgeway.accounts.moves import Move
from pledgeway.accounts.moves import Position as At
from pledgeway.accounts.stages import GOODS, Act
from pledgeway.ledger.balances import balances
from pledgeway.ledger.cuts import Cut
from pledgeway.ledger.models import Batch, Commitment, CommitmentTerms, Position, Posting
from pledgeway.ledger.posting import Draft, Posted, post
from pledgeway.ledger.store import is_postgresql
from pledgeway.registry.models import Item, Party

COMMITMENTS, ITEMS, PARTIES = 20_000, 100, 43
LARGEST = "P0"
FIRST_DAY = date(2022, 1, 24)
DAYS_A_BATCH = 20
DATED_BACK = 0.02
STAGES = ("pledged", "committed", "in transit", "delivered", "received")
FLOORS = {"sqlite": 0.25, "postgresql": 0.40}
MOST_MILLISECONDS = 50


@dataclass
class Rates:
    """Rows per second, batch by batch."""

    posting: list[float] = field(default_factory=list)
    bare: list[float] = field(default_factory=list)

    @property
    def share(self) -> float:
        """How much of the bare rate the posting function reaches: the ratio of the whole times."""
        return sum(1 / rate for rate in self.bare) / sum(1 / rate for rate in self.posting)


def seconds(work: Callable[[], object]) -> float:
    """Return how long ``work`` takes."""
    gc.collect()
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def promises(draw: random.Random) -> Draft:
    """Return the batch of all promises; every second one is the largest donor's."""
    parties = [Party.objects.create(code=f"P{number}", name=f"P{number}", kind="state") for number in range(PARTIES)]
    items = [Item.objects.create(code=f"I{number}", name=f"I{number}", unit="piece") for number in range(ITEMS)]
    draft = Draft(system("benchmark"))
    for number in range(COMMITMENTS):
        commitment = Commitment(key=f"C{number}", kind=GOODS.name, unit="piece", decimals=0)
        donor = parties[0] if number % 2 else draw.choice(parties[1:])
        draft.entries += [
            commitment,
            CommitmentTerms(
                commitment=commitment, donor=donor, item=draw.choice(items), purpose="military", day=FIRST_DAY,
                precision=0, marking=["public"],
            ),
        ]  # fmt: skip
        draft.moves.append(Move(commitment.key, Act.PROMISE, None, At("pledged"), 10**6, Day(FIRST_DAY)))
    return draft


def batch(number: int, draw: random.Random) -> Draft:
    """Return the batch ``number`` (from 0): one posting to each commitment, on days after the last batch's."""
    begin = FIRST_DAY + timedelta(days=1 + number * DAYS_A_BATCH)
    days = [Day(begin + timedelta(days=offset)) for offset in range(DAYS_A_BATCH)]
    positions = [At(stage) for stage in STAGES]
    moves = []
    for key in range(COMMITMENTS):
        back = draw.random() < DATED_BACK and number > 1
        day = Day(begin - timedelta(days=DAYS_A_BATCH)) if back else draw.choice(days)
        stage = 0 if back or number < len(STAGES) else draw.randrange(2)
        quantity = 100 if stage == 0 else 1
        moves.append(Move(f"C{key}", Act.ADVANCE, positions[stage], positions[stage + 1], quantity, day))
    return Draft(system("benchmark"), moves=moves)


class Bare:
    """A second database, in which the driver's executemany writes the postings of each batch."""

    def __init__(self, engine: str, url: str) -> None:
        self.mark = "%s" if engine == "postgresql" else "?"
        connection.close()
        if engine == "postgresql":
            self.connection: Any = psycopg.connect(databases.copy_of(url), autocommit=True)
        else:
            copy = f"{url.removeprefix('sqlite:///')}.bare"
            shutil.copyfile(url.removeprefix("sqlite:///"), copy)
            self.connection = sqlite3.connect(copy, isolation_level=None)
            self.connection.execute("PRAGMA journal_mode=WAL")
            self.connection.execute("PRAGMA foreign_keys=ON")

    def insert(self, posted: Posted) -> float:
        """Insert what a batch's postings refer to, then the postings; return the seconds that the latter took."""
        for model, condition in ((Batch, "number = %s"), (Position, "id > %s")):
            table = model._meta.db_table
            last = posted.batch.number if model is Batch else self.count(table)
            self._executemany(table, *rows_of(table, condition, last))
        columns, rows = rows_of("ledger_posting", "id >= %s", posted.first_posting)
        return seconds(lambda: self._executemany("ledger_posting", columns, rows))

    def count(self, table: str) -> int:
        """Return how many rows the second database has in ``table``."""
        return int(self.connection.execute(f"SELECT COUNT(*) FROM {table}").fetchone()[0])

    def _executemany(self, table: str, columns: list[str], rows: list[tuple[Any, ...]]) -> None:
        names = ", ".join(f'"{name}"' for name in columns)
        cursor = self.connection.cursor()
        cursor.execute("BEGIN")
        cursor.executemany(f"INSERT INTO {table} ({names}) VALUES ({', '.join([self.mark] * len(columns))})", rows)
        cursor.execute("COMMIT")


def rows_of(table: str, condition: str, value: int) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Return the columns and rows of a table as the database holds them; documents as texts."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} WHERE {condition}", [value])
        assert cursor.description is not None
        columns = [column[0] for column in cursor.description]
        rows = [tuple(_plain(cell) for cell in row) for row in cursor.fetchall()]
    return columns, rows


def _plain(cell: Any) -> Any:
    if isinstance(cell, dict):
        return json.dumps(cell)
    return cell.isoformat() if isinstance(cell, date) else cell


def measure(engine: str, postings: int) -> bool:
    """Grow a ledger on ``engine``, print what was measured, and return whether all floors were reached."""
    draw, rates = random.Random(7), Rates()
    with databases.fresh(engine) as url:
        post(promises(draw))
        bare = Bare(engine, url)
        for number in range(postings // COMMITMENTS - 1):
            draft = batch(number, draw)
            posted: list[Posted] = []
            rates.posting.append(COMMITMENTS / seconds(lambda draft=draft, posted=posted: posted.append(post(draft))))
            rates.bare.append(COMMITMENTS / bare.insert(posted[0]))
        assert bare.count("ledger_posting") == Posting.objects.count(), "the two sides did not write the same"
        if is_postgresql():
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
        middle = Cut(as_of=FIRST_DAY + timedelta(days=postings // COMMITMENTS * DAYS_A_BATCH // 2))
        times = [1000 * seconds(lambda: balances(["stage"], middle, {"donor": [LARGEST]})) for _ in range(20)]
        found = balances(["stage"], middle, {"donor": [LARGEST]})
        slow = balances(["stage", "purpose"], middle, {"donor": [LARGEST]})  # purposes are not kept beside postings
    assert [one.amount for one in found] == [one.amount for one in slow], (
        "the quick balance is not that of the postings"
    )
    median = statistics.median(times)
    print(
        f"{engine}: {postings:,} postings of {COMMITMENTS:,} commitments\n"
        f"  posting function  {statistics.median(rates.posting):>9,.0f} rows/s "
        f"(median of {len(rates.posting)} batches)\n"
        f"  bare executemany  {statistics.median(rates.bare):>9,.0f} rows/s\n"
        f"  share             {rates.share:>9.0%}  (at least {FLOORS[engine]:.0%})\n"
        f"  balance of the largest donor at a past date, median of 20: {median:.1f} ms (under {MOST_MILLISECONDS})",
        flush=True,
    )
    return rates.share >= FLOORS[engine] and median < MOST_MILLISECONDS


def main() -> None:
    """Measure on both engines, or on those named; exit status 1 where a floor is not reached."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--postings", type=int, default=1_000_000)
    parser.add_argument("--engine", action="append", choices=databases.ENGINES)
    options = parser.parse_args()
    databases.SERVER_OPTIONS = databases.SQLITE_OPTIONS = ""
    reached = [measure(engine, options.postings) for engine in options.engine or databases.ENGINES]
    raise SystemExit(0 if all(reached) else 1)


if __name__ == "__main__":
    main()
