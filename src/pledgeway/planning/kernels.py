"""Numba for every kernel, whose compiled code is kept by what all kernels say together.

Numba finds what it compiled by the text of the kernel's own file. A kernel that calls one of another file would go on
with the code that the other one had when it was compiled, whatever it has become since.
"""

from __future__ import annotations

import hashlib
import os
from pathlib import Path

import numba
from numba import njit, prange
from numba.misc.appdirs import AppDirs

__all__ = ["kept_in", "njit", "prange"]


def kept_in(sources: Path, given: str) -> Path:
    """Return the folder for what is compiled of all kernels in ``sources``: within the folder that is ``given``, else
    beside the sources, or in the user's cache where that cannot be written."""
    texts = [path.read_bytes() for path in sorted(sources.rglob("*.py"))]
    digest = hashlib.sha256(b"\0".join(text for text in texts if b"@njit" in text)).hexdigest()
    of_user = AppDirs("pledgeway", appauthor=False).user_cache_dir  # type: ignore[no-untyped-call]
    beside = sources / "__pycache__" if os.access(sources, os.W_OK) else of_user
    return Path(given or beside) / f"kernels-{digest[:16]}"


numba.config.CACHE_DIR = str(kept_in(Path(__file__).parent, numba.config.CACHE_DIR))  # type: ignore[attr-defined]
