"""Forums, meetings, decisions and targets. Codes never change; promises name the decision they rest on by its code.

Meetings, decisions and targets carry a marking of their own; their owner is the party that chairs the forum.
"""

from __future__ import annotations

from django.db import models

from pledgeway.evidence.models import Source, Statement
from pledgeway.registry.models import Party

PROTECT = models.PROTECT


class Forum(models.Model):
    """A standing group in which parties meet."""

    code = models.CharField(max_length=80, unique=True)
    name = models.CharField(max_length=200)
    text = models.TextField(blank=True, help_text="What it is for")
    chair = models.ForeignKey(Party, null=True, blank=True, on_delete=PROTECT, related_name="+")
    members = models.ManyToManyField(Party, blank=True, related_name="forums")

    def __str__(self) -> str:
        return self.name


class Marked(models.Model):
    """A row with a code, that not everybody may see."""

    code = models.CharField(max_length=200, unique=True)
    marking = models.JSONField(default=list, help_text="Codes of the parties that may see it; 'public' for all")

    class Meta:
        abstract = True


class Meeting(Marked):
    """One sitting of a forum."""

    forum = models.ForeignKey(Forum, on_delete=PROTECT, related_name="meetings")
    day = models.DateField()
    title = models.CharField(max_length=200, blank=True)
    place = models.CharField(max_length=200, blank=True, help_text="Town, building or line")
    sources = models.ManyToManyField(Source, blank=True, related_name="+")

    def __str__(self) -> str:
        return self.title or f"{self.forum.name}, {self.day:%-d %b %Y}"


class Decision(Marked):
    """One thing decided at a meeting; ``code`` is what the terms of promises name it by."""

    meeting = models.ForeignKey(Meeting, on_delete=PROTECT, related_name="decisions")
    title = models.CharField(max_length=200)
    text = models.TextField(blank=True)
    statement = models.ForeignKey(Statement, null=True, blank=True, on_delete=PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.title


class Target(Marked):
    """What a meeting set out to reach: ``metric`` at ``amount`` of ``unit`` until ``due``."""

    STATES = {"open": "open", "met": "met", "missed": "missed", "dropped": "dropped"}

    meeting = models.ForeignKey(Meeting, on_delete=PROTECT, related_name="targets")
    decision = models.ForeignKey(Decision, null=True, blank=True, on_delete=PROTECT, related_name="targets")
    text = models.TextField()
    metric = models.CharField(max_length=200, blank=True)
    amount = models.DecimalField(max_digits=24, decimal_places=4, null=True, blank=True)
    unit = models.CharField(max_length=40, blank=True)
    due = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=STATES, default="open")
    statement = models.ForeignKey(Statement, null=True, blank=True, on_delete=PROTECT, related_name="+")

    def __str__(self) -> str:
        return self.text
