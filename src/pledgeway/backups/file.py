"""The file: compressed lines of JSON, the last of which holds the digest of all before it.

The first line says what the file is and which migrations its database had. A line with ``table`` opens a table and
names its columns; the lists that follow are its rows. The last line counts the rows and names the head of the chain.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from pledgeway.formats.replacing import replacing

FORMAT = "pledgeway-backup/1"
QUICKLY = 3
"""How hard zlib tries: half the time of its default, for a file a tenth larger."""


class BackupError(Exception):
    """A file that cannot be restored, or not here; the message says why."""


def write(file: Path, lines: Iterable[Any]) -> str:
    """Write ``lines`` with their digest at the end, for the owner's eyes only; return the digest.

    The file takes its place whole, after it is on the disk. Raises OSError.
    """
    digest = hashlib.sha256()
    with replacing(file) as draft:
        number = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(number, "wb") as out:
            with gzip.GzipFile("", "wb", QUICKLY, out, mtime=0) as packed:
                for line in lines:
                    text = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
                    digest.update(text)
                    packed.write(text)
                packed.write(json.dumps({"sha256": digest.hexdigest()}).encode() + b"\n")
            out.flush()
            os.fsync(out.fileno())
    return digest.hexdigest()


def check(file: Path) -> dict[str, Any]:
    """Return the first line of ``file`` with the ``sha256`` of all of it.

    Raises BackupError where it is no backup or is damaged, OSError.
    """
    digest = hashlib.sha256()
    first, last = b"", b""
    try:
        with gzip.open(file) as packed:
            for line in packed:
                first = first or line
                digest.update(last)
                last = line
        head, end = json.loads(first), json.loads(last)
        form, said = head["format"], end["sha256"]
    except (gzip.BadGzipFile, EOFError, zlib.error, ValueError, KeyError, TypeError) as failure:
        raise BackupError(f"{file} is no whole backup of Pledgeway: it is damaged, or another file") from failure
    if form != FORMAT:
        raise BackupError(f"{file} has the format {form}, and this program reads {FORMAT}: it may be a newer one's")
    if said != digest.hexdigest():
        raise BackupError(f"{file} is damaged: it is not what its digest says")
    assert isinstance(head, dict)
    return head | {"sha256": said}


def read(file: Path) -> Iterator[Any]:
    """Yield the lines of a checked ``file`` but the one with the digest."""
    with gzip.open(file) as packed:
        for line in packed:
            found = json.loads(line)
            if not (isinstance(found, dict) and "sha256" in found):
                yield found
