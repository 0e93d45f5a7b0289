"""The tables of the record. All but the derived ones refuse change and deletion in the database itself.

Terms and requirements are entries: the last entry recorded by a batch is what was known at that batch. ``day`` is
always the latest possible day, ``precision`` how exactly it is known.
"""

from __future__ import annotations

from django.db import models

from pledgeway.ledger.fields import ExactDecimalField

RECORDED = (
    "batch", "announcement", "announcementterms", "commitment", "commitmentterms", "requirement",
    "requirementversion", "posting",
)  # fmt: skip
"""Tables whose rows are never changed or deleted."""

PROTECT = models.PROTECT


class Batch(models.Model):
    """Postings and entries that were recorded together, or not at all."""

    number = models.BigIntegerField(primary_key=True)
    recorded = models.DateTimeField()
    author = models.CharField(max_length=200)
    note = models.TextField(blank=True)
    origin = models.JSONField(default=dict, help_text="The file it came from, for an import")
    previous = models.CharField(max_length=64)
    hash = models.CharField(max_length=64)

    class Meta:
        verbose_name_plural = "batches"

    def __str__(self) -> str:
        return f"batch {self.number}"


class Entry(models.Model):
    """A row of the record, numbered in the order of recording."""

    id = models.BigIntegerField(primary_key=True)
    batch = models.ForeignKey(Batch, on_delete=PROTECT, related_name="+")

    class Meta:
        abstract = True


class Announcement(Entry):
    """Something announced as one: a package. Its commitments are its parts."""

    key = models.CharField(max_length=200, unique=True)

    def __str__(self) -> str:
        return self.key


class Terms(Entry):
    """What announcements and commitments both say. A value stands beside the quantity and is never a second promise."""

    text = models.TextField(blank=True)
    donor = models.ForeignKey("registry.Party", on_delete=PROTECT, related_name="+")
    recipient = models.ForeignKey("registry.Party", null=True, on_delete=PROTECT, related_name="+")
    purpose = models.CharField(max_length=40)
    day = models.DateField()
    precision = models.SmallIntegerField()
    value = ExactDecimalField(null=True)
    currency = models.CharField(max_length=3, blank=True)
    basis = models.CharField(max_length=100, blank=True)
    converted = ExactDecimalField(null=True, help_text="The value as the source itself converted it")
    converted_currency = models.CharField(max_length=3, blank=True)
    decision = models.CharField(max_length=200, blank=True, help_text="The code of the decision it rests on")
    statement = models.ForeignKey("evidence.Statement", null=True, on_delete=PROTECT, related_name="+")
    marking = models.JSONField(default=list, help_text="Codes of the parties that may see it; 'public' for all")

    class Meta:
        abstract = True


class AnnouncementTerms(Terms):
    """What was said of an announcement as a whole, from this batch on."""

    announcement = models.ForeignKey(Announcement, on_delete=PROTECT, related_name="terms")
    converted_delivered = ExactDecimalField(null=True, help_text="The value delivered, as the source converted it")


class Commitment(Entry):
    """One party's promise to another, counted in ``unit`` (an item's, or a currency) to ``decimals`` decimals."""

    key = models.CharField(max_length=200, unique=True)
    kind = models.CharField(max_length=20)
    unit = models.CharField(max_length=40)
    decimals = models.SmallIntegerField()

    def __str__(self) -> str:
        return self.key


class CommitmentTerms(Terms):
    """The terms of a promise from this batch on."""

    commitment = models.ForeignKey(Commitment, on_delete=PROTECT, related_name="terms")
    announcement = models.ForeignKey(Announcement, null=True, on_delete=PROTECT, related_name="parts")
    item = models.ForeignKey("registry.Item", null=True, on_delete=PROTECT, related_name="+")
    place = models.ForeignKey("registry.Place", null=True, on_delete=PROTECT, related_name="+")
    available_from = models.DateField(null=True)
    available_until = models.DateField(null=True)
    condition = models.TextField(blank=True)
    condition_state = models.CharField(max_length=10, blank=True, help_text="open, met or lapsed")
    payer = models.ForeignKey("registry.Party", null=True, on_delete=PROTECT, related_name="+")
    supplier = models.ForeignKey("registry.Party", null=True, on_delete=PROTECT, related_name="+")
    carrier = models.ForeignKey("registry.Party", null=True, on_delete=PROTECT, related_name="+")
    only_for = models.JSONField(null=True, help_text="Codes of the parties that may have it; empty for any")
    in_storage = models.BooleanField(null=True, help_text="Whether it lies in the place's store until it leaves")
    draws_on = models.ForeignKey(Commitment, null=True, on_delete=PROTECT, related_name="drawn_by")
    reimburses = models.ForeignKey(Commitment, null=True, on_delete=PROTECT, related_name="reimbursed_by")


class Requirement(Entry):
    """One party's need."""

    key = models.CharField(max_length=200, unique=True)

    def __str__(self) -> str:
        return self.key


class RequirementVersion(Entry):
    """What is needed from this batch on; ``accepts`` lists the codes of items, each with its factor as a text."""

    requirement = models.ForeignKey(Requirement, on_delete=PROTECT, related_name="versions")
    party = models.ForeignKey("registry.Party", on_delete=PROTECT, related_name="+")
    text = models.TextField(blank=True)
    accepts = models.JSONField(default=list)
    quantity = ExactDecimalField()
    place = models.ForeignKey("registry.Place", null=True, on_delete=PROTECT, related_name="+")
    due = models.DateField(null=True)
    grace_days = models.IntegerField(null=True, help_text="Days after due until it is worth nothing")
    weight = ExactDecimalField(null=True, help_text="The value of one unit in time, where stated")
    priority = models.SmallIntegerField(default=3)
    state = models.CharField(max_length=12, help_text="draft, submitted, validated or withdrawn")
    statement = models.ForeignKey("evidence.Statement", null=True, on_delete=PROTECT, related_name="+")
    marking = models.JSONField(default=list)


class Position(models.Model):
    """Where a quantity of one commitment stands. What it holds is derived from the postings."""

    id = models.BigIntegerField(primary_key=True)
    commitment = models.ForeignKey(Commitment, on_delete=PROTECT, related_name="positions")
    stage = models.CharField(max_length=30)
    left = models.CharField(max_length=30, blank=True)
    requirement = models.ForeignKey(Requirement, null=True, on_delete=PROTECT, related_name="+")
    place = models.ForeignKey("registry.Place", null=True, on_delete=PROTECT, related_name="+")
    consignment = models.CharField(max_length=100, blank=True)
    lot = models.CharField(max_length=200, blank=True)
    quantity = models.BigIntegerField(default=0)
    marks = models.IntegerField(default=0)
    last_day = models.DateField()

    class Meta:
        indexes = [models.Index("stage", "commitment", name="position_by_stage")]

    def __str__(self) -> str:
        return f"{self.commitment_id} {self.stage}"


class Posting(models.Model):
    """One line: ``quantity`` parts go from ``source`` to ``target``; no position stands for outside the ledger.

    ``act`` and ``precision`` are numbers from :mod:`pledgeway.ledger.codes`, ``unknown`` is
    :class:`pledgeway.accounts.moves.Unknown`.
    """

    id = models.BigIntegerField(primary_key=True)
    batch = models.ForeignKey(Batch, on_delete=PROTECT, related_name="postings", db_index=False)
    commitment = models.ForeignKey(Commitment, on_delete=PROTECT, related_name="postings", db_index=False)
    act = models.SmallIntegerField()
    source = models.ForeignKey(Position, null=True, on_delete=PROTECT, related_name="+", db_index=False)
    target = models.ForeignKey(Position, null=True, on_delete=PROTECT, related_name="+", db_index=False)
    quantity = models.BigIntegerField()
    unknown = models.SmallIntegerField(default=0)
    day = models.DateField()
    precision = models.SmallIntegerField()
    statement = models.ForeignKey("evidence.Statement", null=True, on_delete=PROTECT, related_name="+", db_index=False)
    reverses = models.ForeignKey("self", null=True, on_delete=PROTECT, related_name="+", db_index=False)

    class Meta:
        indexes = [
            models.Index("commitment", "day", name="posting_by_commitment"),
            models.Index("batch", "id", name="posting_of_batch"),
            models.Index("statement", condition=models.Q(statement__isnull=False), name="posting_by_statement"),
            models.Index(
                "batch",
                condition=models.Q(source__isnull=True) | models.Q(target__isnull=True) | models.Q(unknown__gt=0),
                name="posting_changes_promise",
            ),
        ]
        constraints = [
            models.CheckConstraint(condition=models.Q(quantity__gte=0), name="posting_moves_no_less_than_nothing"),
            models.CheckConstraint(
                condition=models.Q(source__isnull=False) | models.Q(target__isnull=False), name="posting_has_an_end"
            ),
            models.UniqueConstraint(
                "reverses", condition=models.Q(reverses__isnull=False), name="posting_is_reversed_once"
            ),
        ]

    def __str__(self) -> str:
        return f"posting {self.pk}"


class Marking(models.Model):
    """A marking that occurs in the terms of promises: its codes, sorted, each once. It never changes."""

    codes = models.JSONField(unique=True)

    def __str__(self) -> str:
        return ", ".join(self.codes)


class Turnover(models.Model):
    """The net change by day of all that one donor's commitments hold, by marking, kind, unit and stage: derived.

    It answers what stood on a day without reading every posting of a large donor; and, since changes of one chapter of
    the record (:mod:`pledgeway.ledger.chapters`) are kept apart from those of another, what was known at a batch.
    """

    donor = models.ForeignKey("registry.Party", on_delete=PROTECT, related_name="+", db_index=False)
    marking = models.ForeignKey(Marking, on_delete=PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)
    unit = models.CharField(max_length=40)
    decimals = models.SmallIntegerField()
    stage = models.CharField(max_length=30)
    left = models.CharField(max_length=30)
    day = models.DateField()
    chapter = models.IntegerField()
    quantity = models.BigIntegerField()
    marks = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("donor", "marking", "kind", "unit", "decimals", "stage", "left", "day", "chapter"),
                name="turnover_once_a_chapter",
            )
        ]

    def __str__(self) -> str:
        return f"{self.donor_id} {self.day}"


class CommitmentTotal(models.Model):
    """The latest terms of a commitment and how far it came: derived.

    ``promised`` and ``marks`` are all that is promised, what left the chain included, ``delivered`` is all of known
    size that ever reached delivered; ``furthest`` is the rank of the furthest stage that anything ever reached, -1
    where nothing is promised. ``item`` and ``place`` are numbers, 0 for none.
    """

    commitment = models.OneToOneField(Commitment, primary_key=True, on_delete=PROTECT, related_name="total")
    terms = models.OneToOneField(CommitmentTerms, on_delete=PROTECT, related_name="total")
    donor = models.ForeignKey("registry.Party", on_delete=PROTECT, related_name="+")
    marking = models.ForeignKey(Marking, on_delete=PROTECT, related_name="+", db_index=False)
    item = models.BigIntegerField()
    place = models.BigIntegerField()
    kind = models.CharField(max_length=20)
    unit = models.CharField(max_length=40)
    decimals = models.SmallIntegerField()
    promised = models.BigIntegerField(default=0)
    marks = models.BigIntegerField(default=0)
    delivered = models.BigIntegerField(default=0)
    furthest = models.SmallIntegerField(default=-1)

    def __str__(self) -> str:
        return str(self.commitment_id)


class OfStage(models.Model):
    """What is summed at a stage and place, of all commitments with one marking and item: derived.

    ``donor`` is 0 in the rows that sum all donors; of what is not public there are rows of each donor too, by its
    number, since it sees its own whatever the marking. ``item`` and ``place`` are numbers too, 0 for none: a key with
    nulls is never found again.
    """

    donor = models.BigIntegerField()
    marking = models.ForeignKey(Marking, on_delete=PROTECT, related_name="+", db_index=False)
    kind = models.CharField(max_length=20)
    unit = models.CharField(max_length=40)
    decimals = models.SmallIntegerField()
    item = models.BigIntegerField()
    stage = models.CharField(max_length=30)
    left = models.CharField(max_length=30)
    place = models.BigIntegerField()
    quantity = models.BigIntegerField()
    marks = models.BigIntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.stage} {self.item}"


OF_STAGE = ("donor", "marking", "kind", "unit", "decimals", "item", "stage", "left", "place")


class StageTotal(OfStage):
    """What stands there now."""

    class Meta:
        constraints = [models.UniqueConstraint(fields=OF_STAGE, name="stage_total_once")]


class StageTurnover(OfStage):
    """The net change in one chapter of the record: it answers what was known at a batch by stage, place and item."""

    chapter = models.IntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=(*OF_STAGE, "chapter"), name="stage_turnover_once_a_chapter")]


class RequirementTotal(models.Model):
    """What one donor's commitments with one marking bring to a requirement: derived.

    The figures, in parts, are those of :data:`pledgeway.accounts.stages.SERVED`.
    """

    requirement = models.ForeignKey(Requirement, on_delete=PROTECT, related_name="totals", db_index=False)
    donor = models.ForeignKey("registry.Party", on_delete=PROTECT, related_name="+", db_index=False)
    marking = models.ForeignKey(Marking, on_delete=PROTECT, related_name="+", db_index=False)
    decimals = models.SmallIntegerField()
    allocated = models.BigIntegerField()
    delivered = models.BigIntegerField()
    received = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=("requirement", "donor", "marking", "decimals"), name="requirement_total_once"
            )
        ]

    def __str__(self) -> str:
        return str(self.requirement_id)


class Dispute(models.Model):
    """A reader's doubt about a figure: of a commitment or a requirement, of one stage of it, or of one posting.

    It is a talk about the record and no part of it: rules are in :mod:`pledgeway.ledger.disputing`.
    """

    OPEN, CLOSED = "open", "closed"

    commitment = models.ForeignKey(Commitment, null=True, on_delete=PROTECT, related_name="disputes")
    requirement = models.ForeignKey(Requirement, null=True, on_delete=PROTECT, related_name="disputes")
    stage = models.CharField(max_length=30, blank=True, help_text="The stage whose figure is disputed; empty for all")
    posting = models.ForeignKey(Posting, null=True, on_delete=PROTECT, related_name="disputes")
    comment = models.TextField()
    state = models.CharField(max_length=6, default=OPEN)
    opened = models.DateTimeField()
    opened_by = models.CharField(max_length=200)
    closed = models.DateTimeField(null=True)
    closed_by = models.CharField(max_length=200, blank=True)
    reason = models.TextField(blank=True, help_text="Why it was closed")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=models.Q(commitment__isnull=False) ^ models.Q(requirement__isnull=False),
                name="dispute_is_about_one_row",
            )
        ]

    def __str__(self) -> str:
        return f"dispute {self.pk}"


class DisputeAnswer(models.Model):
    """What somebody answered to a dispute."""

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="answers")
    author = models.CharField(max_length=200)
    moment = models.DateTimeField()
    text = models.TextField()

    def __str__(self) -> str:
        return f"answer to dispute {self.dispute_id}"
