"""The tables of a planning problem, declared once.

The problem's columns, the workbook's template, reader and writer, the checks, the texts of faults and the reference
page all follow from what stands here.
"""

from __future__ import annotations

from pledgeway.tables.fields import Field, Kind, Table

MOST_DAYS = 36_525
MOST = 1_000_000_000
PRIORITY_WORTH = {1: 100.0, 2: 60.0, 3: 35.0, 4: 20.0, 5: 10.0}
"""The worth of a tonne, by priority, of requirements that state no weight."""

NOBODY = "nobody"
"""What a sheet says for an offer that nobody may have; a problem file says [] there."""

SOURCE = Field("source", "Source", Kind.TEXT, "Where this comes from: a document, an address on the web.",
               required=False, nullable=True, free=True, width=30)  # fmt: skip
NOTE = Field("note", "Note", Kind.TEXT, "Anything else worth keeping; the planner does not read it.",
             required=False, nullable=True, free=True, width=40)  # fmt: skip


def _id(row: str) -> Field:
    return Field("id", "Id", Kind.TEXT, f"A short name of the {row}, used by other sheets; no two are the same.")


def _name(row: str) -> Field:
    return Field("name", "Name", Kind.TEXT, f"The {row} as people call it.", required=False, default="", free=True,
                 width=28)  # fmt: skip


START = Table(
    "start",
    "Start",
    "line",
    "The plan as a whole.",
    (
        Field("name", "Name", Kind.TEXT, "What the problem is called.", required=False,
              blank="the file's name", required_in_file=True, free=True),
        Field("start_date", "Start date", Kind.DATE, "The first day of the plan, as year-month-day. Without it, days "
              "are written as numbers: 0 is the first.", required=False, nullable=True),
        Field("days", "Days", Kind.WHOLE, "How many days the plan looks ahead.", unit="days", low=1, high=MOST_DAYS,
              aliases=("number of days", "horizon")),
        Field("transport_weight", "Transport weight", Kind.NUMBER, "Value lost per unit of transport cost. 0 means "
              "that cost does not matter; the larger, the more worth a long way must have.", required=False,
              default=0.0, blank="0", low=0, required_in_file=True),
        Field("note", "About", Kind.TEXT, "What this is, where it comes from, what is assumed.", required=False,
              nullable=True, free=True, aliases=("note", "notes")),
    ),
    key=(),
)  # fmt: skip

PLACES = Table(
    "places",
    "Places",
    "place",
    "Depots, ports, airports, rail terminals, hubs and hand-over points.",
    (
        _id("place"),
        _name("place"),
        Field("kind", "Kind", Kind.CHOICE, "What the place is.", required=False, default="depot", blank="depot",
              choices=("depot", "port", "airport", "rail", "hub", "handover")),
        Field("country", "Country", Kind.TEXT, "The country it lies in.", required=False, nullable=True,
              blank="unknown"),
        Field("lat", "Latitude", Kind.NUMBER, "North is positive, south negative.", unit="degrees", required=False,
              nullable=True, blank="unknown", low=-90, high=90),
        Field("lon", "Longitude", Kind.NUMBER, "East is positive, west negative.", unit="degrees", required=False,
              nullable=True, blank="unknown", low=-180, high=180),
        Field("storage_t", "Storage", Kind.NUMBER, "Tonnes that may stay overnight.", unit="t", required=False,
              nullable=True, blank="no limit", low=0),
        Field("handling_t_per_day", "Handling", Kind.NUMBER, "Tonnes that may arrive and depart, together, in a day.",
              unit="t per day", required=False, nullable=True, blank="no limit", low=0),
        SOURCE,
        NOTE,
    ),
)  # fmt: skip

LANES = Table(
    "lanes",
    "Lanes",
    "lane",
    "Ways from one place to another, by one mode. A way back is a lane of its own.",
    (
        _id("lane"),
        Field("origin", "Origin", Kind.REFERENCE, "The place it starts at.", refers_to="places"),
        Field("destination", "Destination", Kind.REFERENCE, "The place it ends at.", refers_to="places"),
        Field("mode", "Mode", Kind.CHOICE, "How goods travel.", required=False, default="road", blank="road",
              choices=("road", "rail", "sea", "air")),
        Field("transit_days", "Transit", Kind.WHOLE, "Days from departure to arrival.", unit="days", low=1,
              high=MOST),
        Field("capacity_t_per_day", "Capacity", Kind.NUMBER, "Tonnes that may depart in a day.", unit="t per day",
              low=0),
        Field("cost_per_t", "Cost", Kind.NUMBER, "Transport cost of a tonne, in any currency used throughout.",
              unit="per t", low=0, required=False, default=0.0, blank="0", required_in_file=True),
        Field("sailing_days", "Sailing days", Kind.TEXT, "When it departs, if not every day: weekdays such as "
              "'Mon Thu' (needs a start date), or 'every 7 days', or 'every 7 days from 3' (day 3 sails first).",
              required=False, nullable=True, blank="every day", width=18),
        SOURCE,
        NOTE,
    ),
)  # fmt: skip

EXCEPTIONS = Table(
    "exceptions",
    "Closures",
    "closure",
    "Days on which a lane carries less, more or nothing. Where rows overlap, the lower one holds.",
    (
        Field("lane", "Lane", Kind.REFERENCE, "The lane concerned.", refers_to="lanes"),
        Field("first_day", "First day", Kind.DAY, "The first day it holds.", unit="date"),
        Field("last_day", "Last day", Kind.DAY, "The last day it holds.", unit="date"),
        Field("capacity_t_per_day", "Capacity", Kind.NUMBER, "Tonnes that may depart in a day; 0 closes the lane.",
              unit="t per day", low=0, required=False, default=0.0, blank="0: closed", required_in_file=True),
        NOTE,
    ),
    key=(),
    essential=False,
    aliases=("exceptions",),
)  # fmt: skip

ITEMS = Table(
    "items",
    "Items",
    "item",
    "What is given: goods, supplies, equipment.",
    (
        _id("item"),
        _name("item"),
        Field("mass_t", "Mass", Kind.NUMBER, "Tonnes of one unit.", unit="t per unit", low=0),
        Field("divisible", "Divisible", Kind.YES_NO, "Whether parts of a unit may move, as of fuel or flour.",
              required=False, default=False, blank="no", required_in_file=True),
        Field("training", "Training", Kind.TEXT, "The class of training its crews need.", required=False,
              nullable=True, blank="none", suggests=("courses", "training")),
        Field("seats_per_unit", "Seats", Kind.NUMBER, "Course seats that one unit's crew needs.",
              unit="seats per unit", low=0, required=False, default=1.0, blank="1"),
        SOURCE,
        NOTE,
    ),
)  # fmt: skip

OFFERS = Table(
    "offers",
    "Offers",
    "offer",
    "What was promised: by whom, what, how much, where and when.",
    (
        _id("offer"),
        Field("donor", "Donor", Kind.TEXT, "Who gives it.", width=20),
        Field("item", "Item", Kind.REFERENCE, "What is given.", refers_to="items"),
        Field("quantity", "Quantity", Kind.NUMBER, "How many units.", unit="units", low=0),
        Field("origin", "Origin", Kind.REFERENCE, "The place it leaves from.", refers_to="places"),
        Field("available_from", "Available from", Kind.DAY, "The first day it can depart.", unit="date",
              required=False, default=0, blank="the first day", required_in_file=True),
        Field("available_until", "Available until", Kind.DAY, "The last day it can depart.", unit="date",
              required=False, blank="the last day", required_in_file=True),
        Field("recipients", "Recipients", Kind.NAMES, "Who may have it, if not anyone: recipients as on the sheet "
              f"Requirements, separated by semicolons; '{NOBODY}' for none.", required=False, nullable=True,
              blank="anyone", width=24),
        Field("in_storage", "In storage", Kind.YES_NO, "Whether it lies in the origin's store, as at a hub, and takes "
              "room there until it leaves.", required=False, default=False, blank="no"),
        SOURCE,
        NOTE,
    ),
)  # fmt: skip

REQUIREMENTS = Table(
    "requirements",
    "Requirements",
    "requirement",
    "What is needed: by whom, what, how much, where and by when.",
    (
        _id("requirement"),
        Field("recipient", "Recipient", Kind.TEXT, "Who needs it.", width=20),
        Field("item", "Item", Kind.REFERENCE, "What is asked for. What else would do stands on the sheet Substitutes.",
              refers_to="items", required=False, blank="only what the sheet Substitutes lists", in_file=False),
        Field("quantity", "Quantity", Kind.NUMBER, "How many units.", unit="units", low=0),
        Field("destination", "Destination", Kind.REFERENCE, "The place it is needed at.", refers_to="places"),
        Field("due", "Due", Kind.DAY, "The last day on which it is in time.", unit="date"),
        Field("grace_days", "Grace", Kind.WHOLE, "Days after that until it is worth nothing; its worth falls evenly.",
              unit="days", low=0, high=MOST, required=False, default=0, blank="0", required_in_file=True),
        Field("weight", "Weight", Kind.NUMBER, "The value of one unit in time.", unit="per unit", low=0,
              required=False, blank="the worth of a tonne for its priority, from the sheet Start, times the mass of "
              "the item asked for", required_in_file=True),
        Field("priority", "Priority", Kind.WHOLE, "1 is the highest. It is for people and gives the weight where none "
              "is stated; the weight is what counts.", low=1, high=MOST, required=False, default=3, blank="3"),
        SOURCE,
        NOTE,
    ),
)  # fmt: skip

ACCEPTS = Table(
    "accepts",
    "Substitutes",
    "substitute",
    "Items that a requirement takes instead of the one it asks for, unit for unit.",
    (
        Field("requirement", "Requirement", Kind.REFERENCE, "The requirement concerned.", refers_to="requirements"),
        Field("item", "Item", Kind.REFERENCE, "What would do as well.", refers_to="items"),
        Field("factor", "Factor", Kind.NUMBER, "What a unit of it is worth, beside a unit of what is asked for.", low=0,
              high=1, above=True, required=False, default=1.0, blank="1", required_in_file=True),
    ),
    key=("requirement", "item"),
    essential=False,
    aliases=("accepts",),
)  # fmt: skip

COURSES = Table(
    "courses",
    "Courses",
    "course",
    "Training courses; their crews are ready when the course has ended.",
    (
        _id("course"),
        Field("training", "Training", Kind.TEXT, "The class of training, as on the sheet Items."),
        Field("start", "Start", Kind.DAY, "Its first day.", unit="date"),
        Field("duration_days", "Duration", Kind.WHOLE, "How long it takes.", unit="days", low=0, high=MOST),
        Field("seats", "Seats", Kind.WHOLE, "How many can take part.", low=0, high=MOST),
        SOURCE,
        NOTE,
    ),
    essential=False,
)  # fmt: skip

PINS = Table(
    "pins",
    "Pins",
    "pin",
    "Allocations that you decide yourself; every plan keeps them.",
    (
        Field("offer", "Offer", Kind.REFERENCE, "The offer concerned.", refers_to="offers"),
        Field("requirement", "Requirement", Kind.REFERENCE, "The requirement concerned.", refers_to="requirements"),
        Field("kind", "Kind", Kind.CHOICE, "fixed: at least the quantity goes from the offer to the requirement. "
              "forbidden: nothing does.", choices=("fixed", "forbidden")),
        Field("quantity", "Quantity", Kind.NUMBER, "How many units are fixed.", unit="units", low=0, required=False,
              nullable=True, blank="for what is forbidden"),
        NOTE,
    ),
    key=("offer", "requirement"),
    essential=False,
)  # fmt: skip

TABLES = (PLACES, LANES, EXCEPTIONS, ITEMS, OFFERS, REQUIREMENTS, ACCEPTS, COURSES, PINS)
"""The problem's tables, in the order in which the workbook has them."""

BY_NAME = {table.name: table for table in TABLES}
