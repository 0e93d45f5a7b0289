"""Horizontal bars with direct labels, each of one part or of several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup

from pledgeway.pictures import words
from pledgeway.pictures.drawing import label, picture, tag

PITCH, THICK = 26.0, 14.0


@dataclass(frozen=True)
class Bar:
    """A bar: ``parts`` are (class of the mark, size), drawn one after the other; ``text`` and ``more`` stand behind."""

    name: str
    parts: tuple[tuple[str, float], ...]
    text: str
    more: str = ""

    @property
    def size(self) -> float:
        """The whole length, in what the parts count in."""
        return sum(size for _, size in self.parts)


def draw(bars: Sequence[Bar], width: float, left: float, alternative: str) -> Markup:
    """Return the bars as a picture of ``width`` pixels, names in the first ``left``; some size must be above 0."""
    behind = max(words.text_width(f"{bar.text}  {bar.more}".rstrip()) for bar in bars) + 8
    scale = max(20.0, width - left - behind) / max(bar.size for bar in bars)
    parts = [tag("line", class_="axis", x1=left, x2=left, y1=2, y2=len(bars) * PITCH)]
    for k, bar in enumerate(bars):
        base = k * PITCH + 17
        parts.append(label(left - 8, base, words.shortened(bar.name, left - 10), "end"))
        x = left
        for name, size in bar.parts:
            if size > 0:
                wide = max(1.0, size * scale)
                parts.append(tag("rect", class_=name, x=x, y=k * PITCH + 6, width=wide, height=THICK))
                x += wide
        more = tag("tspan", f"  {bar.more}", class_="quiet") if bar.more else ""
        parts.append(tag("text", bar.text, more, x=x + 6, y=base))
    return picture(width, len(bars) * PITCH + 4, alternative, *parts)
