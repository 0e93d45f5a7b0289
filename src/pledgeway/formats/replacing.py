"""Writing a file whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from xlsxwriter.exceptions import FileCreateError


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """Yield the name of a new file beside ``path``, which takes its place when the block ends well. Raises OSError."""
    target = Path(path)
    draft = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        yield draft
        draft.replace(target)
    finally:
        draft.unlink(missing_ok=True)


def write_out(book: Any) -> None:
    """Close an XlsxWriter workbook, which writes its file. Raises OSError, where XlsxWriter has an error of its own."""
    try:
        book.close()
    except FileCreateError as failure:
        raise failure.args[0] from None
