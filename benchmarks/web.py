"""How long every screen takes on a large record, served as in earnest; what a server's process needs of memory.

Run in the repository:  python -m benchmarks.web [--engine sqlite] [--engine postgresql] [--times 15] [--only WORD]

The record has 1,000,000 postings of 20,000 commitments beside the example (benchmarks/large_record.py), half of them
the largest donor's. Every address of the portal and its API is asked for as a coordinator and as the largest donor's
desk, one request after another, through the server that `pledgeway serve` starts. New routes are found by themselves.
"""

from __future__ import annotations

import argparse
import http.client
import os
import re
import socket
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import quote

from benchmarks import large_record

# isort: split
from django.conf import settings as django_settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.db import connection
from django.urls import URLPattern, URLResolver, get_resolver, reverse

from pledgeway import settings
from pledgeway.access.models import User
from pledgeway.ledger.balances import balances
from pledgeway.ledger.cuts import Cut
from pledgeway.ledger.models import CommitmentTerms, Posting, RequirementVersion
from pledgeway.plans.models import Proposal, Run, RunFile

MOST_MILLISECONDS, MOST_OF_A_BALANCE, MOST_MEGABYTES = 300, 50, 300
READERS = ("coordinator", "desk")
NOT_ASKED = ("account_", "mfa_", "api:openapi", "api:api-root")
ENGINE_MODULES = ("numba", "highspy", "llvmlite")
KEY = "a key of these measurements that nobody else has any use for"
LISTS = ("commitments", "requirements", "postings", "balances")


class Measured(NamedTuple):
    """The median of an address in milliseconds, its status, how large the answer is, and what of a processor it takes.

    ``busy`` are milliseconds of processors, of the server's processes and the database's: the mean of all answers. On
    a machine that others use it says what the median would be on one that nobody else does.
    """

    address: str
    reader: str
    milliseconds: float
    status: int
    kilobytes: float
    busy: float


def examples() -> dict[str, Any]:
    """Return for the routes that take a parameter what they are asked for: the largest there is."""
    largest = CommitmentTerms.objects.filter(donor__code=large_record.LARGEST)
    commitment = largest.select_related("commitment", "place", "statement__source")[0]
    need = RequirementVersion.objects.filter(requirement__key__startswith="N").select_related("requirement", "place")[0]
    run = Run.objects.order_by("pk")[0]
    assert commitment.statement is not None
    assert need.place is not None
    return {
        "commitments": commitment.commitment.key, "requirements": need.requirement.key, "donors": large_record.LARGEST,
        "batches": 10, "sources": commitment.statement.source_id, "statements": commitment.statement_id,
        "places": need.place.code, "plans": run.pk, "proposals": getattr(Proposal.objects.first(), "pk", 1),
        "parties": large_record.LARGEST, "items": "", "files": RunFile.objects.values_list("name", flat=True)[0],
    }  # fmt: skip


def routes(patterns: Any = None, within: str = "") -> Iterator[tuple[str, URLPattern]]:
    """Yield every route by name."""
    for one in get_resolver(settings.ROOT_URLCONF).url_patterns if patterns is None else patterns:
        if isinstance(one, URLResolver):
            yield from routes(one.url_patterns, f"{one.namespace}:" if one.namespace else within)
        else:
            yield within + (one.name or ""), one


def addresses() -> tuple[list[str], list[str]]:
    """Return every address to ask for, and the routes for which there is no example."""
    known = examples()
    found, lacking = [], []
    for name, route in routes():
        if not name or name.startswith(NOT_ASKED):
            continue
        names = list(route.pattern.converters)
        if not names and not route.pattern.regex.groups:
            found.append(reverse(name))
            continue
        room = name.split(":")[-1].split("-")[0]
        values = [known.get("files" if one == "name" else room) for one in names]
        if None in values:
            lacking.append(name)
        else:
            found.append(reverse(name, args=values))
    last = large_record.FIRST_DAY + timedelta(days=400)
    found += [f"{reverse(name)}?page=40" for name in ("commitments", "postings")]
    found += [f"{reverse('commitments')}?q=C19&donor={large_record.LARGEST}&sort=-promised"]
    found += [f"{reverse('postings')}?donor={large_record.LARGEST}&since={last}&stage=delivered"]
    found += [f"{reverse('balances')}?by=donor,stage&as_of={last}", f"{reverse('balances')}?by=item&known_at=20"]
    found += [f"{reverse('balances')}?by=place&known_at={batch}" for batch in (5, 25, 50)]
    found += [f"{reverse('api:balances')}?by=donor,stage&as_of={last}"]
    found += [f"{reverse('api:commitment')}?key={quote(known['commitments'])}"]
    return found, lacking


def session_of(name: str) -> str:
    """Sign the user called ``name`` in; return the cookie."""
    user = User.objects.get(username=name)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session.create()
    return f"sessionid={session.session_key}"


class Server:
    """`pledgeway serve` at a port of its own."""

    def __init__(self, url: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self.port = int(free.getsockname()[1])
        environment = os.environ | {"DATABASE_URL": url, "SECRET_KEY": KEY, "ALLOWED_HOSTS": "127.0.0.1"}
        program = str(Path(sys.executable).parent / "pledgeway")
        command = [program, "serve", "--port", str(self.port), "--no-worker"]
        self.process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL)
        for _ in range(200):
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                break
            except OSError:
                time.sleep(0.1)

    def ask(self, address: str, cookie: str, token: str = "") -> tuple[int, bytes, float]:
        """Return the status, the body, and the milliseconds until all of it was there."""
        headers = {"X-Forwarded-Proto": "https", "Cookie": cookie}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        line = http.client.HTTPConnection("127.0.0.1", self.port, timeout=300)
        began = time.perf_counter()
        line.request("GET", address, headers=headers)
        answer = line.getresponse()
        body = answer.read()
        taken = 1000 * (time.perf_counter() - began)
        line.close()
        return answer.status, body, taken

    def workers(self) -> list[int]:
        """Return the numbers of the processes that answer."""
        return _children(self.process.pid)

    def busy(self) -> float:
        """Return the milliseconds of processors that the server and a database of its own have taken so far."""
        threads = [Path(f"/proc/{number}/task") for number in self.workers()]
        spent = sum(int((one / "schedstat").read_text().split()[0]) for task in threads for one in task.iterdir())
        return spent / 1e6 + _spent_by_postgresql()

    def stop(self) -> None:
        """Stop it and wait until it has ended."""
        self.process.terminate()
        self.process.wait(timeout=60)


@contextmanager
def serving(url: str) -> Iterator[Server]:
    """Serve the database at ``url``."""
    server = Server(url)
    try:
        yield server
    finally:
        server.stop()


def _spent_by_postgresql() -> float:
    """Return the milliseconds that the measured PostgreSQL took, its connections that have ended too; 0 without."""
    file = large_record.FOLDER / "postgresql" / "data" / "postmaster.pid"
    if connection.vendor != "postgresql" or not file.exists():
        return 0.0
    number = file.read_text().split()[0]
    ended = sum(map(int, Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[13:15]))
    at_work = [Path(f"/proc/{one}/schedstat") for one in _children(number)]
    spent = sum(int(one.read_text().split()[0]) for one in at_work if one.exists())
    return 1000 * ended / os.sysconf("SC_CLK_TCK") + spent / 1e6


def _children(number: int | str) -> list[int]:
    return [int(one) for one in Path(f"/proc/{number}/task/{number}/children").read_text().split()]


def memory_of(number: int) -> float:
    """Return the megabytes that a process holds, what it shares with others included."""
    found = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{number}/status").read_text(), re.MULTILINE)
    assert found
    return int(found[1]) / 1024


def engine_in(number: int) -> list[str]:
    """Return the libraries of the engine that a process has loaded."""
    maps = Path(f"/proc/{number}/maps").read_text()
    return [name for name in ENGINE_MODULES if f"/{name}/" in maps]


def walk(server: Server, times: int, only: str) -> list[Measured]:
    """Ask for every address as every reader, ``times`` times each."""
    from pledgeway.access.tokens import make_token  # noqa: PLC0415 - after Django is set up

    wanted, lacking = addresses()
    for name in lacking:
        print(f"  not asked, for there is no example: {name}", flush=True)
    found = []
    for reader in READERS:
        cookie = session_of(reader)
        token = make_token(User.objects.get(username=reader), "measurements")
        for address in wanted:
            if only not in address:
                continue
            shown = token if address.startswith("/api/") else ""
            first, body, taken = server.ask(address, cookie, shown)
            if first == 405:
                continue
            repeats = times if taken < 10_000 else 1
            before = server.busy()
            lasting = [server.ask(address, cookie, shown)[2] for _ in range(repeats)]
            busy = (server.busy() - before) / repeats
            found.append(Measured(address, reader, statistics.median(lasting), first, len(body) / 1024, busy))
            if found[-1].milliseconds > MOST_MILLISECONDS or first >= 400:
                print(f"  slow or failed: {found[-1]}", flush=True)
    return found


def balance_of_the_largest() -> float:
    """Return the median milliseconds that the balance of the largest donor at a past day takes."""
    middle = Cut(as_of=date.today() - timedelta(days=300))
    lasting = []
    for _ in range(20):
        began = time.perf_counter()
        balances(["stage"], middle, {"donor": [large_record.LARGEST]})
        lasting.append(1000 * (time.perf_counter() - began))
    return statistics.median(lasting)


def measure(engine: str, times: int, only: str) -> bool:
    """Measure on ``engine``, print a table, and return whether every limit was kept."""
    with large_record.database(engine) as url:
        print(f"{engine}: {Posting.objects.count():,} postings", flush=True)
        with serving(url) as server:
            found = walk(server, times, only)
            largest = max(memory_of(number) for number in server.workers())
            loaded = [name for number in server.workers() for name in engine_in(number)]
        balance = balance_of_the_largest()
    print(f"\n| {engine}: address | " + " | ".join(f"{reader}, ms (busy)" for reader in READERS) + " | kB |")
    print("|---" * (len(READERS) + 2) + "|")
    for address in dict.fromkeys(one.address for one in found):
        own = {one.reader: one for one in found if one.address == address}
        cells = [_cell(own.get(reader)) for reader in READERS]
        print(f"| {address} | {' | '.join(cells)} | {max(one.kilobytes for one in own.values()):.0f} |")
    slow = [one for one in found if one.milliseconds > MOST_MILLISECONDS]
    busy = [one for one in found if one.busy > MOST_MILLISECONDS]
    failed = [one for one in found if one.status >= 500]
    print(
        f"\n{len(found)} answers, {len(slow)} over {MOST_MILLISECONDS} ms ({len(busy)} by processor), "
        f"{len(failed)} failed\n"
        f"balance of the largest donor at a past day: {balance:.1f} ms (under {MOST_OF_A_BALANCE})\n"
        f"memory of a server's process after the walk: {largest:.0f} MB (under {MOST_MEGABYTES}); "
        f"engine loaded: {', '.join(loaded) or 'no'}",
        flush=True,
    )
    return not (slow or failed or loaded) and balance < MOST_OF_A_BALANCE and largest < MOST_MEGABYTES


def _cell(one: Measured | None) -> str:
    if one is None:
        return "-"
    return f"{one.milliseconds:.0f} ({one.busy:.0f})" + (f" {one.status}" if one.status != 200 else "")


def main() -> None:
    """Measure on both engines, or on those named; exit status 1 where a limit is not kept."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--engine", action="append", choices=("sqlite", "postgresql"))
    parser.add_argument("--times", type=int, default=15)
    parser.add_argument("--only", default="", help="ask only for addresses that hold this word")
    options = parser.parse_args()
    django_settings.SECRET_KEY = KEY
    kept = [measure(engine, options.times, options.only) for engine in options.engine or ("sqlite", "postgresql")]
    raise SystemExit(0 if all(kept) else 1)


if __name__ == "__main__":
    main()
