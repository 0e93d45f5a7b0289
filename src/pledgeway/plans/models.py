"""Runs of the planner, what they found, what was proposed of it to the desks, and by which ways it is carried out."""

from __future__ import annotations

from django.db import models

from pledgeway.ledger.fields import ExactDecimalField

WAITING, RUNNING, DONE, STOPPED, FAILED = "waiting", "running", "done", "stopped", "failed"
STATES = {
    WAITING: "waits for a worker",
    RUNNING: "is being planned",
    DONE: "was planned to its end",
    STOPPED: "was stopped; the best plan so far is kept",
    FAILED: "failed; the message says why",
}


class Job(models.Model):
    """What a worker is asked for: by whom, how far it has come, and whether somebody wants it to stop."""

    author = models.CharField(max_length=200)
    created = models.DateTimeField()
    began = models.DateTimeField(null=True)
    seen = models.DateTimeField(null=True, help_text="The worker's last sign of life")
    ended = models.DateTimeField(null=True)
    state = models.CharField(max_length=10, default=WAITING)
    message = models.TextField(blank=True)
    stop_wanted = models.BooleanField(default=False)
    tries = models.IntegerField(default=0, help_text="How many workers began it")

    class Meta:
        abstract = True


class Run(Job):
    """One run: the snapshot that is planned, how, and what came of it.

    Its author and coordinators see it. ``problem`` is the snapshot in the format ``pledgeway-problem/1``, so that it
    can be planned again; ``keep`` are the movements of goods that are allocated already (as ``pledgeway-plan/1`` lists
    them), ``change_weight`` the points that taking one such allocation back costs (none: a tenth of their mean worth)
    and ``taken`` what goods that are not planned take of places' limits. ``trace`` lists seconds, value and bound while
    planning; ``found`` is what its page shows.
    """

    name = models.CharField(max_length=200)

    start = models.DateField()
    days = models.IntegerField()
    transport_weight = models.FloatField()
    pledged_too = models.BooleanField(default=False)
    gap_wanted = models.FloatField()
    seconds_wanted = models.FloatField()
    seed = models.IntegerField(default=0)

    batch = models.BigIntegerField(help_text="The last batch of the ledger that the snapshot knows")
    problem = models.TextField()
    digest = models.CharField(max_length=64)
    not_plannable = models.JSONField(default=list)
    keep = models.JSONField(default=list)
    change_weight = models.FloatField(null=True)
    taken = models.JSONField(default=list)

    value = models.FloatField(null=True)
    bound = models.FloatField(null=True)
    phase = models.CharField(max_length=100, blank=True)
    trace = models.JSONField(default=list)
    found = models.JSONField(default=dict)

    def __str__(self) -> str:
        return self.name


class RunFile(models.Model):
    """A file that a run left: plan.json, plan.xlsx, report.html."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="files")
    name = models.CharField(max_length=40)
    content = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=("run", "name"), name="run_file_once")]

    def __str__(self) -> str:
        return self.name


class Sweep(Job):
    """What breaks when someone leaves: the scenarios of one plan, each planned again, and what came of them.

    It is seen by whoever sees its run. ``digest`` is that of the run's snapshot. ``kinds`` are what is taken away in
    turn (as :func:`pledgeway.planning.scenarios.built_in` has them), ``within`` how wide an interval may be, of the
    plan's value, ``seconds_each`` the limit of one scenario, ``draws`` how often delays and losses are drawn.
    ``found`` is what its page shows, so far or in the end.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="sweeps")

    digest = models.CharField(max_length=64)
    kinds = models.JSONField(default=list)
    within = models.FloatField()
    seconds_each = models.FloatField()
    draws = models.IntegerField()
    late = models.FloatField()
    days_late = models.FloatField()
    lost = models.FloatField()
    seed = models.IntegerField(default=0)

    done = models.IntegerField(default=0)
    wanted = models.IntegerField(default=0)
    found = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"stress of {self.run_id}"


class SweepLine(models.Model):
    """One outcome or block of draws of a plan, as the file of a sweep keeps it: none is worked out twice."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="sweep_lines")
    text = models.TextField()

    def __str__(self) -> str:
        return f"kept of {self.run_id}"


class Proposal(models.Model):
    """An allocation of an adopted plan, or one that the plan takes back, until both desks have answered.

    ``parts`` are the commitment's, at ``place``; ``ways`` are how the plan moves what it allocates, or what it leaves
    where it takes back (see :class:`Way`). Answers are "", accepted or declined. A declined pair stays as it is in
    later plans until the desk that declined reopens it.
    """

    ALLOCATE, TAKE_BACK = "allocate", "take back"
    OPEN, POSTED, DECLINED, EXPIRED, REFUSED, REOPENED = (
        "open", "posted", "declined", "expired", "refused", "reopened",
    )  # fmt: skip

    run = models.ForeignKey(Run, on_delete=models.PROTECT, related_name="proposals")
    kind = models.CharField(max_length=10, default=ALLOCATE)
    commitment = models.ForeignKey("ledger.Commitment", on_delete=models.PROTECT, related_name="+")
    requirement = models.ForeignKey("ledger.Requirement", on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=80)
    parts = models.BigIntegerField()
    quantity = ExactDecimalField()
    arrives = models.DateField(null=True)
    ways = models.JSONField(default=list)
    donor = models.ForeignKey("registry.Party", on_delete=models.PROTECT, related_name="+")
    recipient = models.ForeignKey("registry.Party", on_delete=models.PROTECT, related_name="+")
    expires = models.DateField()
    state = models.CharField(max_length=10, default="open")
    donor_answer = models.CharField(max_length=10, blank=True)
    recipient_answer = models.CharField(max_length=10, blank=True)
    reason = models.TextField(blank=True)
    answered = models.DateTimeField(null=True)
    batch = models.BigIntegerField(null=True)

    def __str__(self) -> str:
        return f"{self.commitment_id} to {self.requirement_id}"


class Way(models.Model):
    """How goods that are allocated, or went on from there, are to move: of the plan adopted last that moves them.

    ``legs`` lists lanes with the dates of departure, from ``place`` to the requirement; it is empty where no way is
    known. ``usable`` is the date from which the goods are of use.
    """

    run = models.ForeignKey(Run, null=True, on_delete=models.PROTECT, related_name="+")
    commitment = models.ForeignKey("ledger.Commitment", on_delete=models.PROTECT, related_name="+")
    requirement = models.ForeignKey("ledger.Requirement", on_delete=models.PROTECT, related_name="+")
    place = models.CharField(max_length=80)
    parts = models.BigIntegerField()
    legs = models.JSONField(default=list)
    usable = models.DateField()

    def __str__(self) -> str:
        return f"{self.commitment_id} to {self.requirement_id}"
