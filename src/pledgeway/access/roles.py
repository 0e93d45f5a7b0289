"""The roles, and what each may do: one table that screens, API and documents read."""

from __future__ import annotations

from enum import Enum


class Role(Enum):
    """What a user does in the coordination cell; the value is the word people read."""

    COORDINATOR = "coordinator"
    DONOR_DESK = "donor desk"
    RECIPIENT_DESK = "recipient desk"
    HUB_OPERATOR = "hub operator"
    ANALYST = "analyst"
    ADMINISTRATOR = "administrator"


MEANINGS: dict[Role, str] = {
    Role.COORDINATOR: "sees every row, plans, adopts plans, validates requirements and posts for everybody",
    Role.DONOR_DESK: "sees and posts what its party promises, and answers what a plan asks of it",
    Role.RECIPIENT_DESK: "states its party's requirements, answers what a plan brings, and countersigns receipts",
    Role.HUB_OPERATOR: "counts goods in and out at one place, and sees what passes it",
    Role.ANALYST: "reads and exports what its party may see, and tries plans",
    Role.ADMINISTRATOR: "keeps users and reference data; sees rows only as its party does",
}


class Act(Enum):
    """Something that not everybody may do."""

    POST = "post to the ledger"
    PROMISE = "record a promise and its terms"
    REQUIRE = "state a requirement"
    VALIDATE = "validate a requirement"
    PLAN = "run a plan"
    ADOPT = "adopt a plan"
    GIVE = "accept or decline what a plan asks of a donor"
    TAKE = "accept or decline what a plan brings to a recipient"
    DISPUTE = "dispute a figure"
    IMPORT = "import a file"
    REFER = "change reference data"
    CITE = "record sources and their passages"
    AUDIT = "read the audit"
    USERS = "keep users"


class Scope(Enum):
    """For whom a role may act."""

    OWN = "its own party"
    ANY = "every party"


ALLOWED: dict[Act, dict[Role, Scope]] = {
    Act.POST: {
        Role.COORDINATOR: Scope.ANY,
        Role.DONOR_DESK: Scope.OWN,
        Role.RECIPIENT_DESK: Scope.OWN,
        Role.HUB_OPERATOR: Scope.OWN,
    },
    Act.PROMISE: {Role.COORDINATOR: Scope.ANY, Role.DONOR_DESK: Scope.OWN},
    Act.REQUIRE: {Role.COORDINATOR: Scope.ANY, Role.RECIPIENT_DESK: Scope.OWN},
    Act.VALIDATE: {Role.COORDINATOR: Scope.ANY},
    Act.PLAN: {Role.COORDINATOR: Scope.ANY, Role.ANALYST: Scope.ANY},
    Act.ADOPT: {Role.COORDINATOR: Scope.ANY},
    Act.GIVE: {Role.DONOR_DESK: Scope.OWN},
    Act.TAKE: {Role.RECIPIENT_DESK: Scope.OWN},
    Act.DISPUTE: dict.fromkeys(Role, Scope.ANY),
    Act.IMPORT: {Role.COORDINATOR: Scope.ANY},
    Act.REFER: {Role.COORDINATOR: Scope.ANY, Role.ADMINISTRATOR: Scope.ANY},
    Act.CITE: {Role.COORDINATOR: Scope.ANY},
    Act.AUDIT: {Role.COORDINATOR: Scope.ANY},
    Act.USERS: {Role.ADMINISTRATOR: Scope.ANY},
}
"""Who may do what, and for whom. What is not in the table is refused."""
