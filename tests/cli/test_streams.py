"""Awkward ends of the command: output that goes nowhere or stops being read, and Ctrl-C at any time."""

from __future__ import annotations

import json
import os
import signal
import subprocess
from pathlib import Path

import pytest

from pledgeway.cli.output import INTERRUPTED
from tests.cli.command import BAD_INPUT, DONE, HEEDING, NO, PROGRAM, environment

VERIFY = "verify ferry.json plan/plan.json"
FULL = Path("/dev/full")


def shell(script: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Return what came of a shell script in which ``$P`` is the command; never a traceback."""
    done = subprocess.run(
        ["bash", "-c", script], cwd=folder, env={**environment({}), "P": str(PROGRAM)}, capture_output=True, text=True,
        check=False, timeout=60,
    )  # fmt: skip
    assert "Traceback" not in done.stderr, done.stderr
    assert "Exception ignored" not in done.stderr, done.stderr
    return done


@pytest.mark.skipif(not FULL.exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", [VERIFY, f"{VERIFY} --json", "check missing.json --json", "--help"])
def test_output_onto_a_full_disk_is_said_on_standard_error(words: str, planned: Path) -> None:
    done = shell(f"$P {words} > /dev/full", planned)
    assert done.returncode == BAD_INPUT
    assert done.stderr == "pledgeway: No space left on device\n"


def test_closed_streams_do_not_stop_the_work(planned: Path) -> None:
    assert shell("$P plan ferry.json -o new 1>&- 2>&-", planned).returncode == DONE
    assert (planned / "new" / "plan.json").is_file()
    assert shell("$P check missing.json 2>&-", planned).returncode == BAD_INPUT


@pytest.mark.parametrize("words", [VERIFY, "check missing.json --json"])
def test_a_reader_that_has_seen_enough_ends_the_command_quietly(words: str, planned: Path) -> None:
    done = shell(f"$P {words} | true; exit ${{PIPESTATUS[0]}}", planned)
    assert done.returncode == NO
    assert done.stderr == ""


@pytest.mark.parametrize("option", [(), ("--json",)])
def test_ctrl_c_while_reading_ends_with_a_word(option: tuple[str, ...], tmp_path: Path) -> None:
    slow = tmp_path / "slow.json"  # a file that does not come to an end until this test closes it
    os.mkfifo(slow)
    process = subprocess.Popen(
        [*HEEDING, str(PROGRAM), "convert", slow.name, "out.xlsx", *option], cwd=tmp_path, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, env=environment({}),
    )  # fmt: skip
    with process, slow.open("wb"):  # opens when the command has opened it to read
        process.send_signal(signal.SIGINT)
        out, said = process.communicate(timeout=60)
    assert process.returncode == INTERRUPTED, said
    assert "Traceback" not in said
    assert (json.loads(out)["status"] == "interrupted") if option else ("stopped before the end" in said)
    assert list(tmp_path.iterdir()) == [slow]
