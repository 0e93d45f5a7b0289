"""Sources and statements. A statement is never edited; a source may gain what was not known of it."""

from __future__ import annotations

from django.db import models


class Source(models.Model):
    """A document that facts rest on; ``digest`` is the SHA-256 of what was kept of it."""

    address = models.CharField(max_length=2000, unique=True, help_text="Where it was found; a web address as a rule")
    title = models.CharField(max_length=1000, blank=True)
    publisher = models.CharField(max_length=300, blank=True)
    published = models.DateField(null=True, blank=True)
    language = models.CharField(max_length=10, blank=True)
    licence = models.CharField(max_length=100, blank=True)
    text = models.TextField(blank=True, help_text="The text as it was kept")
    digest = models.CharField(max_length=64, blank=True)

    def __str__(self) -> str:
        return self.title or self.address


class Statement(models.Model):
    """An exact passage in a source, with what it cites; ``digest`` is the SHA-256 of address, place and passage."""

    source = models.ForeignKey(Source, on_delete=models.PROTECT, related_name="statements")
    location = models.CharField(max_length=300, blank=True, help_text="Page, sheet and row, or minute")
    passage = models.TextField()
    cites = models.ManyToManyField(Source, blank=True, related_name="cited_by")
    digest = models.CharField(max_length=64, unique=True)

    def __str__(self) -> str:
        return self.passage[:80]
