"""The tables of reference data, declared once: what a form on screen asks and what a registry workbook has.

What planning reads of places, lanes, closures, items and courses is what :mod:`pledgeway.tables.planning` declares.
"""

from __future__ import annotations

from dataclasses import replace

from pledgeway.tables import planning
from pledgeway.tables.fields import Field, Kind, Table

ROLES = ("coordinator", "donor desk", "recipient desk", "hub operator", "analyst", "administrator")


def _code(row: str) -> Field:
    return Field("id", "Code", Kind.TEXT, f"A short name of the {row}, used by other rows; it never changes.")


def _optional(name: str, title: str, meaning: str, *, refers_to: str = "", **more: object) -> Field:
    kind = Kind.REFERENCE if refers_to else Kind.TEXT
    made = Field(name, title, kind, meaning, required=False, refers_to=refers_to, blank="not stated")
    return replace(made, **more)  # type: ignore[arg-type]


def _names(name: str, title: str, meaning: str, refers_to: str = "") -> Field:
    return Field(name, title, Kind.NAMES, meaning, required=False, default=(), blank="none", refers_to=refers_to,
                 width=30)  # fmt: skip


def _as_kept(table: Table, *more: Field) -> Table:
    """Return a table of planning as the registry keeps it: days are dates, sources stand with what rests on them."""
    fields = [
        replace(field, kind=Kind.DATE if field.kind is Kind.DAY else field.kind, suggests=None,
                required=field.required or field.name == "name")
        for field in table.fields if field.name not in ("id", "source", *(own.name for own in more)) and (
            field.name != "note" or table.name == "exceptions")
    ]  # fmt: skip
    code = [_code(table.row)] if table.key else []
    return replace(table, fields=(*code, *fields, *more))


ALIASES = _names("aliases", "Also called", "Other names it goes by in files.")
MARKING = Field(
    "marking", "Marking", Kind.NAMES, "Who may see it: public for everybody, or parties; 'nobody' leaves it to the "
    "forum's chair and to coordinators.", refers_to="parties", choices=("public",), width=20,
)  # fmt: skip
STATEMENT = _optional("statement", "Passage", "The number of the passage that says so.", refers_to="statements")

PARTIES = Table(
    "parties",
    "Parties",
    "party",
    "States, organisations, banks and units that promise, need, carry or decide, and groups of them.",
    (
        _code("party"),
        Field("name", "Name", Kind.TEXT, "The party as people call it.", width=28),
        Field("kind", "Kind", Kind.CHOICE, "What it is.", choices=("state", "organisation", "bank", "unit", "group")),
        _optional("iso", "ISO 3166", "The code of a state, two capital letters.", width=10),
        _names("members", "Members", "The parties that a group is made of.", "parties"),
        ALIASES,
        Field("gdp_million_eur", "GDP, EUR million", Kind.NUMBER, "Gross domestic product of the year beside it.",
              low=0, required=False, nullable=True, blank="not stated"),
        Field("gdp_year", "GDP of the year", Kind.WHOLE, "The year of the gross domestic product.", low=1900, high=2200,
              required=False, nullable=True, blank="not stated"),
        _optional("gdp_source", "GDP from", "Where the gross domestic product is said."),
    ),
    essential=False,
)  # fmt: skip

PLACES = _as_kept(planning.PLACES)
LANES = _as_kept(
    planning.LANES,
    Field("sailing_start", "Sailing days count from", Kind.DATE, "The day 0 of 'every 7 days'.", required=False,
          blank="not stated"),
)  # fmt: skip
CLOSURES = replace(_as_kept(planning.EXCEPTIONS), name="closures")

ITEMS = Table(
    "items",
    "Items",
    "item",
    planning.ITEMS.meaning,
    (
        _code("item"),
        Field("name", "Name", Kind.TEXT, "The item as people call it.", width=28),
        _optional("category", "Category", "The group of goods it belongs to."),
        _optional("subcategory", "Subcategory", "The smaller group within the category."),
        Field("unit", "Unit", Kind.TEXT, "What it is counted in: piece, tonne, seat."),
        Field("decimals", "Decimals", Kind.WHOLE, "How many digits after the point its quantities have.", low=0, high=6,
              required=False, default=0, blank="0"),
        replace(planning.ITEMS["mass_t"], required=False, nullable=True, blank="unknown"),
        planning.ITEMS["divisible"],
        replace(planning.ITEMS["training"], suggests=None),
        planning.ITEMS["seats_per_unit"],
        ALIASES,
    ),
    essential=False,
)  # fmt: skip

COURSES = _as_kept(planning.COURSES)

SOURCES = Table(
    "sources",
    "Sources",
    "source",
    "Documents that facts rest on.",
    (
        Field("id", "Address", Kind.TEXT, "Where it was found, a web address as a rule; it never changes.", width=40),
        _optional("title", "Title", "What it calls itself.", width=30),
        _optional("publisher", "Publisher", "Who published it.", width=20),
        Field("published", "Published", Kind.DATE, "The day it was published.", required=False, blank="not stated"),
        _optional("language", "Language", "Its language as two letters: en.", width=10),
        _optional("licence", "Licence", "On what terms it may be copied."),
        _optional("text", "Kept text", "The text as it was kept; once kept it never changes.", long=True, width=40),
    ),
    essential=False,
)  # fmt: skip

STATEMENTS = Table(
    "statements",
    "Statements",
    "statement",
    "Exact passages in sources. One that is recorded is never edited.",
    (
        Field("source", "Source", Kind.REFERENCE, "The address of the source.", refers_to="sources", width=40),
        _optional("location", "Where in it", "Page, sheet and row, or minute."),
        Field("passage", "Passage", Kind.TEXT, "The words themselves, exactly as they stand there.", long=True,
              width=60),
    ),
    key=(),
    essential=False,
)  # fmt: skip

FORUMS = Table(
    "forums",
    "Forums",
    "forum",
    "Standing groups in which parties meet, promise and decide.",
    (
        _code("forum"),
        Field("name", "Name", Kind.TEXT, "The forum as people call it.", width=28),
        _optional("text", "What it is for", "What it is for, in a sentence.", long=True, width=40),
        _optional("chair", "Chair", "The party that chairs it and sees all of its rows.", refers_to="parties"),
        _names("members", "Members", "The parties that meet in it.", "parties"),
    ),
    essential=False,
)  # fmt: skip

MEETINGS = Table(
    "meetings",
    "Meetings",
    "meeting",
    "Sittings of a forum.",
    (
        _code("meeting"),
        Field("forum", "Forum", Kind.REFERENCE, "The forum that met.", refers_to="forums"),
        Field("day", "Day", Kind.DATE, "The day it met, the first of several."),
        _optional("title", "Title", "What the meeting is called.", width=28),
        _optional("place", "Held at", "Town, building, or line."),
        _names("sources", "Sources", "Addresses of the documents that tell of it.", "sources"),
        MARKING,
    ),
    essential=False,
)  # fmt: skip

DECISIONS = Table(
    "decisions",
    "Decisions",
    "decision",
    "What was decided at a meeting, one row each. Promises name the decision that they rest on by its code.",
    (
        _code("decision"),
        Field("meeting", "Meeting", Kind.REFERENCE, "The meeting that decided it.", refers_to="meetings"),
        Field("title", "Title", Kind.TEXT, "What was decided, in a few words.", width=28),
        _optional("text", "Text", "What was decided, in full.", long=True, width=40),
        STATEMENT,
        MARKING,
    ),
    essential=False,
)  # fmt: skip

TARGETS = Table(
    "targets",
    "Targets",
    "target",
    "What a meeting set out to reach: bilateral trade past 200 billion dollars within the year.",
    (
        _code("target"),
        Field("meeting", "Meeting", Kind.REFERENCE, "The meeting that set it.", refers_to="meetings"),
        _optional("decision", "Decision", "The decision it belongs to.", refers_to="decisions"),
        Field("text", "Text", Kind.TEXT, "The target in a sentence.", long=True, width=40),
        _optional("metric", "Measured by", "What is measured: bilateral trade."),
        Field("amount", "Amount", Kind.NUMBER, "How much of it.", required=False, blank="not stated", low=0,
              high=1e15),
        _optional("unit", "Unit", "What the amount is counted in: USD."),
        Field("due", "By", Kind.DATE, "The last day to reach it.", required=False, blank="not stated"),
        Field("state", "State", Kind.CHOICE, "What became of it.", choices=("open", "met", "missed", "dropped"),
              required=False, default="open", blank="open"),
        STATEMENT,
        MARKING,
    ),
    essential=False,
)  # fmt: skip

USERS = Table(
    "users",
    "Users",
    "user",
    "People who sign in.",
    (
        Field("id", "Name", Kind.TEXT, "The name to sign in with; it never changes."),
        Field("role", "Role", Kind.CHOICE, "What the user does in the cell.", choices=ROLES),
        _optional("party", "Party", "The party acted for; donor and recipient desks have one.", refers_to="parties"),
        _optional("place", "Place", "Where a hub operator counts.", refers_to="places"),
        Field("is_active", "Active", Kind.YES_NO, "Whether the user can sign in.", required=False, default=True,
              blank="yes"),
    ),
    essential=False,
)  # fmt: skip

TABLES = (PARTIES, ITEMS, SOURCES, FORUMS, MEETINGS, DECISIONS, TARGETS)
"""The sheets of a registry workbook, in the order in which rows refer to others. Places, lanes, closures and courses
come in with planning workbooks; passages are recorded on screen, users by an administrator."""
