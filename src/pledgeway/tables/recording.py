"""What can be recorded by hand, over the API or from a file, row by row.

Terms and needs are versions: a row says all that holds from then on, and what it does not say is no longer so.
"""

from __future__ import annotations

from dataclasses import replace

from pledgeway.tables.fields import Field, Kind, Table

COMMITMENT_KINDS = ("goods", "envelope", "training", "grant", "loan", "guarantee", "works")
MONEY_KINDS = ("envelope", "grant", "loan", "guarantee")
ACTS = ("promise", "amend", "advance", "release", "reject", "leave", "find", "suspend", "resume", "reverse")
PRECISIONS = ("day", "month", "not later than")
STATES = ("draft", "submitted", "validated", "withdrawn")
UNKNOWN = ("none", "some", "part")
_THINGS = ("goods", "training", "works")
KINDS_OF: dict[str, tuple[str, ...]] = {
    "item": _THINGS, "place": _THINGS, "draws_on": _THINGS, "supplier": _THINGS, "carrier": ("goods",),
    "in_storage": ("goods",), "only_for": ("goods", "training"),
}  # fmt: skip
"""Fields that commitments of some kinds only have."""


def _field(name: str, title: str, kind: Kind, meaning: str, *, required: bool = False, **more: object) -> Field:
    return Field(name, title, kind, meaning, required=required, **more)  # type: ignore[arg-type]


def _party(name: str, title: str, meaning: str, *, required: bool = False) -> Field:
    return _field(name, title, Kind.REFERENCE, meaning, required=required, refers_to="parties")


EVIDENCE = (
    _field("statement", "Statement", Kind.TEXT, "the digest of a passage that is recorded already"),
    _field("source", "Source", Kind.TEXT, "the address of the source of a new passage"),
    _field("location", "Where in it", Kind.TEXT, "page, sheet and row, or minute"),
    _field("passage", "Passage", Kind.TEXT, "its exact words", long=True),
)
_DAY = (
    _field("day", "Day", Kind.DATE, "the day, by the latest that it can have been", required=True),
    _field("precision", "Known to the", Kind.CHOICE, "how exactly the day is known", default="day", choices=PRECISIONS),
)
_MARKING = _field("marking", "Who may see it", Kind.NAMES,
                  "codes of parties, or public; nothing: its owner and coordinators", refers_to="parties",
                  choices=("public",))  # fmt: skip
_WORTH = (
    _field("value", "Stated value", Kind.NUMBER, "what it is worth by its source", low=0),
    _field("currency", "Currency", Kind.TEXT, "of the stated value (ISO 4217)"),
    _field("basis", "Basis", Kind.TEXT, "how it was valued"),
    _field("converted", "Converted value", Kind.NUMBER, "the stated value as the source itself converted it", low=0),
    _field("converted_currency", "Currency of it", Kind.TEXT, "what the source converted it to (ISO 4217)"),
)
_DECISION = _field("decision", "Decision", Kind.TEXT, "the code of the decision it rests on, recorded already or not")

ANNOUNCEMENTS = Table(
    "announcements", "Announcements", "announcement",
    "what was announced as one; promises are its parts, and reports count the whole or the parts",
    (
        _field("key", "Key", Kind.TEXT, "how the announcement is called from here on", required=True),
        _party("donor", "Donor", "who announces it", required=True),
        _party("recipient", "Recipient", "to whom"),
        _field("text", "In words", Kind.TEXT, "what was announced", long=True),
        _field("purpose", "Purpose", Kind.TEXT, "military, humanitarian, financial, ..."),
        *_DAY,
        *_WORTH,
        _field("converted_delivered", "Converted value delivered", Kind.NUMBER,
               "the value delivered, as the source converted it", low=0),
        _DECISION,
        _MARKING,
        *EVIDENCE,
    ),
    ("key",),
)  # fmt: skip

COMMITMENTS = Table(
    "commitments", "Commitments", "commitment", "promises, each with its first terms, or new terms of a known one",
    (
        _field("key", "Key", Kind.TEXT, "how the promise is called from here on", required=True),
        _field("kind", "Kind", Kind.CHOICE, "what is promised", required=True, choices=COMMITMENT_KINDS),
        _party("donor", "Donor", "who promises", required=True),
        _party("recipient", "Recipient", "to whom"),
        _field("item", "Item", Kind.REFERENCE, "what", refers_to="items"),
        _field("text", "In words", Kind.TEXT, "what the promise says", long=True),
        _field("unit", "Unit", Kind.TEXT, "a currency for money; by default the item's unit"),
        _field("quantity", "Quantity", Kind.NUMBER, "what is known of it; of a new promise only", low=0),
        _field("undisclosed", "And more of unknown size", Kind.YES_NO, "whether some is promised that nobody knows"),
        _field("purpose", "Purpose", Kind.TEXT, "military, humanitarian, financial, ..."),
        *_DAY,
        *_WORTH,
        _field("place", "Place", Kind.REFERENCE, "where it is", refers_to="places"),
        _field("in_storage", "In storage", Kind.YES_NO, "whether it lies in the place's store until it leaves"),
        _field("available_from", "Available from", Kind.DATE, "first day of its window"),
        _field("available_until", "Available until", Kind.DATE, "last day of its window"),
        _field("only_for", "Only for", Kind.NAMES, "codes of the parties that may have it; nothing: any",
               refers_to="parties", nullable=True),
        _field("condition", "Condition", Kind.TEXT, "on what it depends"),
        _field("condition_state", "State of it", Kind.CHOICE, "of the condition", choices=("open", "met", "lapsed")),
        _party("payer", "Payer", "who pays, where it is not the donor"),
        _party("supplier", "Supplier", "from whom it is bought or taken"),
        _party("carrier", "Carrier", "who carries it"),
        _field("announcement", "Announcement", Kind.REFERENCE, "the announcement that it is part of",
               refers_to="announcements"),
        _DECISION,
        _field("draws_on", "Draws on", Kind.REFERENCE, "the envelope that pays for it", refers_to="commitments"),
        _field("reimburses", "Reimburses", Kind.REFERENCE, "the promise it pays back", refers_to="commitments"),
        _MARKING,
        *EVIDENCE,
    ),
    ("key",),
)  # fmt: skip

REQUIREMENTS = Table(
    "requirements", "Requirements", "requirement", "needs, each a first or a new version",
    (
        _field("key", "Key", Kind.TEXT, "how the need is called from here on", required=True),
        _party("party", "For", "who needs it", required=True),
        _field("accepts", "Accepted items", Kind.NAMES, "codes, each with =factor where it is worth less than 1",
               required=True),
        _field("quantity", "Quantity", Kind.NUMBER, "how many are needed", required=True, low=0),
        _field("place", "At", Kind.REFERENCE, "where it is needed", refers_to="places"),
        _field("due", "Due", Kind.DATE, "by when"),
        _field("grace_days", "Days of grace", Kind.WHOLE, "days after due until it is worth nothing", low=0,
               high=36_500),
        _field("priority", "Priority", Kind.WHOLE, "1 is the most urgent", default=3, low=1, high=5),
        _field("weight", "Weight", Kind.NUMBER, "the value of one unit in time, where it is stated", low=0),
        _field("state", "State", Kind.CHOICE, "donors see what is validated", required=True, choices=STATES),
        _field("text", "In words", Kind.TEXT, "what the need says", long=True),
        _MARKING,
        *EVIDENCE,
    ),
    ("key",),
)  # fmt: skip


def fields_of(kind: str) -> dict[str, Field]:
    """Return by name the fields of a commitment of ``kind``, as a form for one asks them: its kind is settled."""
    found = {
        field.name: field for field in COMMITMENTS.fields if field.name != "kind" and kind in KINDS_OF.get(
            field.name, COMMITMENT_KINDS)
    }  # fmt: skip
    if kind not in MONEY_KINDS:
        found["unit"] = replace(found["unit"], meaning="by default the item's")
    else:
        found["unit"] = replace(found["unit"], title="Currency", meaning="in which it is promised (ISO 4217)",
                                required=True)  # fmt: skip
        found["quantity"] = replace(found["quantity"], title="Amount")
        found["currency"] = replace(found["currency"], title="Currency of it")
        found["converted_currency"] = replace(found["converted_currency"], title="Currency of that")
    return found


def _end(which: str, word: str) -> tuple[Field, ...]:
    details = ("requirement", "place", "consignment", "lot")
    return (
        _field(f"{which}_stage", f"{word} stage", Kind.TEXT, "nothing: outside the ledger"),
        _field(f"{which}_left", f"{word}, having left", Kind.TEXT, "outside the chain: the stage it left"),
        *(_field(f"{which}_{name}", f"{word} {name}", Kind.TEXT, f"the {name} it is at, if any") for name in details),
    )


POSTINGS = Table(
    "postings", "Postings", "posting", "what moved, line by line",
    (
        _field("commitment", "Commitment", Kind.REFERENCE, "whose quantity moves", required=True,
               refers_to="commitments"),
        _field("act", "What happened", Kind.CHOICE, "as the table of acts has it", required=True, choices=ACTS),
        _field("quantity", "Quantity", Kind.NUMBER, "in the commitment's unit", default=0, low=0),
        _field("unknown", "Of unknown size", Kind.CHOICE, "some nobody knows how much, or one such part whole",
               default="none", choices=UNKNOWN),
        _field("day", "Day", Kind.DATE, "the day, by the latest that it can have been; a reversal has the first one's"),
        _field("precision", "Known to the", Kind.CHOICE, "how exactly the day is known", default="day",
               choices=PRECISIONS),
        *_end("from", "From"),
        *_end("to", "To"),
        _field("reverses", "Takes back", Kind.WHOLE, "the number of the posting that a reversal takes back", low=1),
        *EVIDENCE,
    ),
    (),
)  # fmt: skip
RECORDED = {table.name: table for table in (ANNOUNCEMENTS, COMMITMENTS, REQUIREMENTS, POSTINGS)}
