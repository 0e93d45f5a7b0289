"""Plan files: the format ``pledgeway-plan/1``."""

from __future__ import annotations

from pathlib import Path

from pledgeway.formats import json_text
from pledgeway.formats.shapes import ANYTHING, NUMBER, TEXT, WHOLE, Keys, ListOf, Maybe, Row, Scalar, check_shape
from pledgeway.planning.plan import FORMAT, Plan, from_dict, to_dict
from pledgeway.tables.faults import Findings

_PRICES = ListOf(Row((TEXT, WHOLE, NUMBER), "a list of an id, a day and a price"))
_CERTIFICATE = Keys(
    {},
    {
        "lanes": _PRICES,
        "handling": _PRICES,
        "storage": _PRICES,
        "training": _PRICES,
        "offers": ListOf(Row((TEXT, NUMBER), "a list of an id and a price")),
    },
)
_MOVEMENT = Keys(
    {
        "offer": TEXT,
        "requirement": TEXT,
        "quantity": NUMBER,
        "legs": ListOf(Keys({"lane": TEXT, "departs": WHOLE}, {})),
        "usable": WHOLE,
    },
    {},
)
_TRACE = ListOf(Keys({"seconds": NUMBER, "value": Maybe(NUMBER), "bound": Maybe(NUMBER)}, {}))
_RUN = Keys(
    {},
    {"rounds": WHOLE, "seed": WHOLE, "threads": WHOLE, "seconds": NUMBER, "stopped": TEXT, "trace": _TRACE},
)
SHAPE = Keys(
    {
        "format": Scalar(f"'{FORMAT}'", lambda value: value == FORMAT),
        "problem": TEXT,
        "value": NUMBER,
        "bound": NUMBER,
        "movements": ListOf(_MOVEMENT),
        "seats": ListOf(Keys({"course": TEXT, "seats": WHOLE}, {})),
    },
    {
        "problem_sha256": TEXT,
        "pinned_bound": Maybe(NUMBER),
        "pins_cost": Maybe(Row((NUMBER, NUMBER), "two numbers")),
        "solver": Maybe(TEXT),
        "certificate": Maybe(_CERTIFICATE),
        "unmet": ListOf(Keys({}, {"requirement": ANYTHING})),
        "bottlenecks": ListOf(Keys({}, {"kind": ANYTHING})),
        "run": _RUN,
    },
)


def read(path: Path | str) -> Plan:
    """Return the plan in the file ``path``.

    Only its shape is checked; :func:`pledgeway.planning.verification.verify` says whether it is valid. Raises
    FaultyInput with every fault of shape.
    """
    given = json_text.read(path)
    findings = Findings()
    check_shape(given, SHAPE, "", findings)
    findings.stop_if_faulty()
    return from_dict(given)


def write(plan: Plan, path: Path | str) -> None:
    """Write ``plan`` to the file ``path``, whole or not at all. Raises OSError."""
    json_text.write(to_dict(plan), path)
