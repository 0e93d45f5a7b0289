"""Planning while someone watches: a live line on a terminal, a line now and then in a pipe, and a way to stop."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType
from typing import TYPE_CHECKING

from rich.live import Live
from rich.text import Text

from pledgeway.cli.output import console, text

if TYPE_CHECKING:
    from pledgeway.planning import Progress

FIRST_LINE, LONGEST_PAUSE = 1.0, 30.0
"""In a pipe: seconds before the first line, and the longest time between two; in between it doubles."""


class WishToStop:
    """Turns the first Ctrl-C (or polite kill) into a wish to stop, so that the best plan so far is kept.

    ``wished`` says whether that happened. A second one interrupts as usual. Only for the main thread.
    """

    SIGNALS = (signal.SIGINT, signal.SIGTERM)

    def __init__(self) -> None:
        self.wished = False

    def __enter__(self) -> WishToStop:
        self._before = {number: signal.signal(number, self._wish) for number in self.SIGNALS}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _wish(self, _number: int, _frame: FrameType | None) -> None:
        if self.wished:
            raise KeyboardInterrupt
        self.wished = True


@contextmanager
def watching() -> Iterator[Callable[[Progress], bool]]:
    """Yield the callback for ``solve``: it shows the progress on standard error and says when people want to stop."""
    screen = console(errors=True)
    with WishToStop() as wish:
        if not screen.is_terminal:
            yield _plain_lines(wish)
            return
        with Live(text("Planning"), console=screen, transient=True, refresh_per_second=8) as live:

            def show(progress: Progress) -> bool:
                live.update(Text(line(progress, stopping=wish.wished), no_wrap=True, overflow="ellipsis"))
                return wish.wished

            yield show


def line(progress: Progress, *, stopping: bool = False) -> str:
    """Return the progress in one line: value, bound, gap, seconds, and what is being done."""
    from pledgeway.pictures.words import limit_percent, number

    doing = "stopping with the best plan so far" if stopping else progress.phase
    figures = f"value {number(progress.value)}  bound {number(progress.bound)}  gap {limit_percent(progress.gap)}"
    return f"{progress.seconds:6.1f} s  {figures}  {doing}"


def _plain_lines(wish: WishToStop) -> Callable[[Progress], bool]:
    screen = console(errors=True)
    due = FIRST_LINE

    def show(progress: Progress) -> bool:
        nonlocal due
        if progress.seconds >= due or (wish.wished and due < float("inf")):
            screen.print(text(line(progress, stopping=wish.wished)), soft_wrap=True)
            due = float("inf") if wish.wished else progress.seconds + min(progress.seconds, LONGEST_PAUSE)
        return wish.wished

    return show
