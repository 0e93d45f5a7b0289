"""The commands on the ledger, run as people run them."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from pledgeway.settings import SQLITE_FILE
from tests.cli.command import started
from tests.databases import copy_empty
from tests.formats.tracker import rows, write_tracker


def answer(*arguments: object, folder: Path, status: int = 0) -> Any:
    done = started(*arguments, "--json", folder=folder)
    assert done.returncode == status, done.stderr
    return json.loads(done.stdout)


def test_from_an_empty_folder_to_reports_and_a_found_change(tmp_path: Path) -> None:
    file = write_tracker(tmp_path / "tracker.xlsx", rows())
    missing = started("import", "kiel", file, folder=tmp_path)
    assert missing.returncode == 2
    assert "pledgeway migrate makes one" in missing.stderr
    assert answer("migrate", folder=tmp_path)["status"] == "done"
    done = answer("import", "kiel", file, folder=tmp_path)
    assert (done["rows"], done["used"], len(done["rows_not_used"]), done["batch"]) == (13, 11, 2, 1)
    assert answer("import", "kiel", file, folder=tmp_path)["batch"] is None
    report = answer("report", "commitments", "--by", "donor,purpose", "--currency", "EUR", folder=tmp_path)
    assert {"donor": "Norland", "purpose": "military", "amount": 1000000}.items() <= report[2].items()
    assert report[2]["rates"] == "source"
    weapons = answer("report", "weapons", folder=tmp_path)
    assert {"item": "howitzer", "donor": "Norland", "committed": 10, "delivered": 4}.items() <= weapons[2].items()
    assert answer("report", "weapons", "--as-of", "2022-10-02", folder=tmp_path)[2]["delivered"] == 0
    assert answer("report", "commitments", "--known-at", "0", folder=tmp_path) == []
    anchor = tmp_path / "anchor.txt"
    audit = answer("audit", "--anchor", anchor, folder=tmp_path)
    assert (audit["status"], audit["batches"]) == ("done", 1)
    assert anchor.read_text().startswith(f"1 {audit['head']['hash']} ")
    anchor.write_text(anchor.read_text().replace(audit["head"]["hash"], "0" * 64))
    assert "another than it was" in answer("audit", "--anchor", anchor, folder=tmp_path, status=1)["faults"][0]


def test_a_call_that_cannot_be_answered_is_told_why(tmp_path: Path) -> None:
    copy_empty(tmp_path / SQLITE_FILE)
    for arguments, words in (
        (["report", "commitments", "--by", "colour"], "no such grouping: colour"),
        (["report", "commitments", "--rates", "guess"], "guess"),
        (["report", "balances", "--by", "colour"], "no such dimension: colour"),
        (["report", "weapons", "--known-at", "yesterday"], "neither a batch's number nor a moment"),
        (["import", "kiel", "none.xlsx"], "no such file"),
    ):
        done = started(*arguments, folder=tmp_path)
        assert (done.returncode, words in done.stderr) == (2, True), done.stderr
    done = started("migrate", folder=tmp_path, env={"DATABASE_URL": "mysql://somewhere/else"})
    assert (done.returncode, "SQLite" in done.stderr) == (2, True), done.stderr


def test_an_anchor_file_that_is_none_is_refused(tmp_path: Path) -> None:
    copy_empty(tmp_path / SQLITE_FILE)
    (tmp_path / "anchor").write_text("hello\n")
    done = started("audit", "--anchor", "anchor", folder=tmp_path)
    assert (done.returncode, "line 1 is no anchor" in done.stderr) == (2, True)


@pytest.mark.parametrize("arguments", [["--help"], ["check", "--help"], ["report", "--help"]])
def test_commands_that_need_no_database_do_not_import_django(arguments: list[str], tmp_path: Path) -> None:
    code = "import sys; from pledgeway.cli import run; status = run(sys.argv[1:]); assert 'django' not in sys.modules"
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
