"""Labels on a map that do not collide with each other, with place marks or with the frame."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

from pledgeway.pictures.drawing import label
from pledgeway.pictures.words import text_width

HEIGHT = 14.0


@dataclass(frozen=True)
class Box:
    """A rectangle in pixels."""

    x: float
    y: float
    width: float
    height: float

    def meets(self, other: Box) -> bool:
        """Return whether the two overlap."""
        return (
            self.x < other.x + other.width
            and other.x < self.x + self.width
            and self.y < other.y + other.height
            and other.y < self.y + self.height
        )


def arrange(
    texts: list[tuple[float, float, str, bool]], blocked: list[Box], width: float, height: float, most: int
) -> list[Markup]:
    """Return labels for at most ``most`` of ``texts`` (x, y, text, on the edge), the first having the first choice.

    A text that finds no free side of its mark is left out. ``blocked`` are boxes that no label may touch, besides the
    mark of its own place.
    """
    taken: list[Box] = []
    labels: list[Markup] = []
    for x, y, text, edge in texts:
        if len(labels) >= most:
            break
        wide = text_width(text)
        for left, base in _sides(x, y, wide, width, edge):
            box = Box(left, base - 11, wide, HEIGHT)
            if left < 2 or base < 12 or left + wide > width - 2 or base > height - 3:
                continue
            if any(box.meets(other) for other in taken) or any(box.meets(other) for other in blocked):
                continue
            taken.append(box)
            labels.append(label(left, base, text, class_="label"))
            break
    return labels


def _sides(x: float, y: float, wide: float, width: float, edge: bool) -> list[tuple[float, float]]:
    """Return places for a label (its left and baseline), the best first."""
    if edge:
        left = 8.0 if x < width * 0.15 else width - wide - 8 if x > width * 0.85 else x - wide / 2
        return [(left, base) for base in (y - 6, y + 15, y - 20, y + 29, y - 34, y + 43)]
    near = [
        (x + 8, y + 4), (x - 8 - wide, y + 4), (x - wide / 2, y - 9), (x - wide / 2, y + 18), (x + 7, y - 7),
        (x + 7, y + 15), (x - 7 - wide, y - 7), (x - 7 - wide, y + 15),
        *((x - share * wide, base) for share in (0.2, 0.8) for base in (y - 9, y + 18)),
    ]  # fmt: skip
    return near + [(left, base + step) for step in (-15, 15) for left, base in near[:2]]
