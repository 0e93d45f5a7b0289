"""Where one promise, or a sum of promises, stands: a thin bar in the chain's order, what left it after a gap."""

from __future__ import annotations

from collections.abc import Mapping

from markupsafe import Markup

from pledgeway.accounts.figures import Amount
from pledgeway.accounts.stages import KINDS
from pledgeway.pictures.drawing import tag

WIDTH, HEIGHT, GAP, LEAST = 600.0, 12.0, 6.0, 3.0


def stage_bar(kind: str, now_at: Mapping[str, Amount]) -> Markup:
    """Return the bar of what stands at each stage of ``kind`` (parts by stage, ways out too), widths by quantity.

    Parts of unknown size have no width: what is drawn is what is known.
    """
    chain = [stage.name for stage in KINDS[kind].chain]
    known = {name: amount.quantity for name, amount in now_at.items() if amount.quantity > 0}
    whole = sum(known.values())
    left = [name for name in known if name not in chain]
    room = WIDTH - (GAP if left else 0)
    drawn, at = [], 0.0
    for name in [*(name for name in chain if name in known), *left]:
        if left and name == left[0]:
            at += GAP
        width = max(LEAST, room * known[name] / whole)
        style = f"stage-{chain.index(name) + 1}" if name in chain else "way-out"
        drawn.append(tag("rect", class_=style, x=at, y=0.0, width=width, height=HEIGHT))
        at += width
    words = ", ".join(f"{name} {100 * known[name] / whole:.0f} %" for name in known) or "nothing of known size"
    return tag(
        "svg", *drawn, class_="stage-bar", viewBox=f"0 0 {max(WIDTH, at):.0f} {HEIGHT:.0f}", role="img",
        preserveAspectRatio="none", aria_label=f"Stands at: {words}",
    )  # fmt: skip
