"""The numbers that stand for acts and precisions in the database. They never change."""

from __future__ import annotations

from pledgeway.accounts.days import Precision
from pledgeway.accounts.stages import Act

ACT_CODES = {
    Act.PROMISE: 1,
    Act.AMEND: 2,
    Act.ADVANCE: 3,
    Act.RELEASE: 4,
    Act.REJECT: 5,
    Act.LEAVE: 6,
    Act.FIND: 7,
    Act.SUSPEND: 8,
    Act.RESUME: 9,
    Act.REVERSE: 10,
}
PRECISION_CODES = {Precision.DAY: 0, Precision.MONTH: 1, Precision.NOT_LATER: 2}
ACTS = {code: act for act, code in ACT_CODES.items()}
PRECISIONS = {code: precision for precision, code in PRECISION_CODES.items()}
