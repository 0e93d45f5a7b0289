"""A backup holds all that is worth keeping, either database takes it back, and nothing half-restored is left."""

from __future__ import annotations

import gzip
import json
import signal
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pledgeway.access.models import User
from pledgeway.access.tokens import make_token, user_of
from pledgeway.backups.file import BackupError, check, read
from pledgeway.backups.making import back_up
from pledgeway.backups.restoring import restore
from pledgeway.ledger.audit import audit_ledger
from pledgeway.ledger.models import Batch
from pledgeway.plans.models import RunFile
from tests.databases import ENGINES, fresh
from tests.ledger.promises import promise
from tests.ledger.test_processes import ends_with, in_a_process, killed_at, wait_for_the_server
from tests.portal.world import PASSWORD, build, users


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A backup of the same world from each database."""
    folder = tmp_path_factory.mktemp("backups")
    files = {engine: folder / f"{engine}.backup" for engine in ENGINES}
    for engine, file in files.items():
        with fresh(engine):
            build()
            users()
            (folder / f"{engine}.token").write_text(make_token(User.objects.get(username="analyst-NO"), "a program"))
            back_up(file)
    return files


def said(file: Path) -> list[object]:
    """Return the lines of a backup but the first."""
    return list(read(file))[1:]


@pytest.mark.parametrize("source", ENGINES)
@pytest.mark.parametrize("target", ENGINES)
def test_either_database_takes_back_what_either_wrote(
    kept: dict[str, Path], source: str, target: str, tmp_path: Path
) -> None:
    with fresh(target):
        made = restore(kept[source])
        found = audit_ledger()
        assert found.faults == []
        assert found.head is not None
        assert (found.head.batch, found.head.hash) == (made.batch, made.head)
        assert User.objects.get(username="coordinator-NO").check_password(PASSWORD)
        token = kept[source].with_suffix(".token").read_text()
        assert user_of(token) == User.objects.get(username="analyst-NO")
        assert bytes(RunFile.objects.get(name="report.html").content).startswith(b"<style>")
        promise("after", donor="FI")
        assert audit_ledger().faults == []
    with fresh(target):
        restore(kept[source])
        back_up(tmp_path / "again.backup")
    assert said(tmp_path / "again.backup") == said(kept[source])


@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_there_is_replaced_only_when_that_is_said(kept: dict[str, Path], engine: str) -> None:
    with fresh(engine):
        promise("other")
        with pytest.raises(BackupError, match="not empty"):
            restore(kept[engine])
        assert Batch.objects.count() == 1
        restore(kept[engine], replace=True)
        assert audit_ledger().faults == []
        assert Batch.objects.count() > 1


@settings(max_examples=40, deadline=None)
@given(at=st.integers(min_value=0, max_value=10**9), bit=st.integers(min_value=0, max_value=7))
def test_a_damaged_file_is_refused_or_says_the_same(kept: dict[str, Path], at: int, bit: int) -> None:
    whole = kept["sqlite"].read_bytes()
    damaged = bytearray(whole)
    damaged[at % len(whole)] ^= 1 << bit
    file = kept["sqlite"].with_name("damaged.backup")
    file.write_bytes(damaged)
    try:
        check(file)
    except BackupError:
        return
    assert gzip.decompress(bytes(damaged)) == gzip.decompress(whole)


def test_a_file_cut_short_forged_or_of_something_else_is_refused(kept: dict[str, Path], tmp_path: Path) -> None:
    whole = kept["sqlite"].read_bytes()
    file = tmp_path / "bad.backup"
    lines = gzip.decompress(whole).splitlines(keepends=True)
    for content in (b"", b"PK not a backup", whole[:-9], gzip.compress(b"".join(lines[:-1])), gzip.compress(b"[1]\n"),
                    gzip.compress(b"".join(lines).replace(b"NO", b"DE", 1))):  # fmt: skip
        file.write_bytes(content)
        with pytest.raises(BackupError):
            check(file)


def test_a_backup_of_a_newer_program_is_refused(kept: dict[str, Path], tmp_path: Path) -> None:
    lines = list(read(kept["sqlite"]))
    lines[0]["migrations"].append(["ledger", "9999_what_is_to_come"])
    file = tmp_path / "newer.backup"
    from pledgeway.backups.file import write  # noqa: PLC0415 - forges one

    write(file, lines)
    with fresh("sqlite"), pytest.raises(BackupError, match="newer program"):
        restore(file)


def test_no_file_is_replaced_and_only_its_owner_reads_a_backup(kept: dict[str, Path]) -> None:
    assert kept["sqlite"].stat().st_mode & 0o077 == 0
    with fresh("sqlite"), pytest.raises(BackupError, match="is there already"):
        back_up(kept["sqlite"])


def restores_until(statement: int, file: Path) -> Callable[[], int]:
    def work() -> int:
        with killed_at(statement, after=False):
            restore(file, replace=True)
        return 0

    return work


@pytest.mark.slow
@pytest.mark.parametrize("engine", ENGINES)
def test_a_restore_killed_at_any_moment_leaves_what_was_there_or_all_of_the_backup(
    kept: dict[str, Path], engine: str
) -> None:
    with fresh(engine):
        promise("other")
        with killed_at(-1, after=False) as seen:
            restore(kept[engine], replace=True)
        whole = Batch.objects.count()
    with fresh(engine):
        promise("other")
        outcomes = set()
        for statement in range(0, seen["statements"], max(1, seen["statements"] // 25)):
            number = in_a_process(restores_until(statement, kept[engine]))
            assert ends_with(number) == -signal.SIGKILL
            wait_for_the_server()
            outcomes.add(Batch.objects.count())
            assert audit_ledger().faults == []
        assert {1} <= outcomes <= {1, whole}


@pytest.mark.parametrize("engine", ENGINES)
def test_a_backup_is_of_one_moment_while_others_write(engine: str, tmp_path: Path) -> None:
    def writes() -> int:
        for number in range(40):
            promise(f"W{number}")
        return 0

    with fresh(engine):
        promise("first")
        number = in_a_process(writes)
        files = [tmp_path / f"{at}.backup" for at in range(4)]
        made = [back_up(file).batch for file in files]
        assert ends_with(number) == 0
        assert made == sorted(made)
    for file in files:
        with fresh(engine):
            restore(file)
            assert audit_ledger().faults == []
    assert json.loads(gzip.decompress(files[0].read_bytes()).splitlines()[0])["version"]
