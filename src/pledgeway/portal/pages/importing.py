"""Bringing a file in: all its faults at once, each with its cell, or all of it."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any, NamedTuple

from django import forms
from django.contrib import messages
from django.core.files.uploadedfile import UploadedFile
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from pledgeway.access.deciding import may
from pledgeway.access.roles import Act
from pledgeway.accounts.rules import RefusedError
from pledgeway.intake.kiel import OlderReleaseError, import_tracker
from pledgeway.intake.reference.workbook import import_registry
from pledgeway.intake.workbook import import_workbook
from pledgeway.portal.middleware import reader
from pledgeway.portal.words import Count
from pledgeway.registry.models import Party
from pledgeway.tables.faults import Fault, FaultyInput

MOST_MEGABYTES = 10
MOST_FAULTS = 500
KINDS = {
    "workbook": "Planning workbook or problem file",
    "registry": "Registry workbook",
    "kiel": "Ukraine Support Tracker (Kiel Institute)",
}


class Upload(forms.Form):
    """A file, and who may see its rows."""

    file = forms.FileField(label="File", allow_empty_file=False)
    kind = forms.ChoiceField(label="What it is", choices=list(KINDS.items()))
    marking = forms.CharField(
        label="Who may see its rows", required=False, max_length=1000,
        help_text="codes of parties with commas between, or public; empty for all parties that it names",
    )  # fmt: skip

    def clean_file(self) -> UploadedFile[Any]:
        """Refuse what is too large or of another kind."""
        file: UploadedFile[Any] = self.cleaned_data["file"]
        if (file.size or 0) > MOST_MEGABYTES * 2**20:
            raise forms.ValidationError(
                f"It has {(file.size or 0) / 2**20:.1f} MB, and {MOST_MEGABYTES} MB are allowed here; "
                "larger ones come in by the command pledgeway import."
            )
        if Path(file.name or "").suffix.lower() not in (".xlsx", ".json"):
            raise forms.ValidationError("A workbook (.xlsx) or a problem file (.json) is allowed.")
        return file

    def clean_marking(self) -> list[str] | None:
        """Refuse parties that do not exist."""
        codes = [code.strip() for code in self.cleaned_data["marking"].split(",") if code.strip()]
        known = {"public", *Party.objects.filter(code__in=codes).values_list("code", flat=True)}
        if strange := [code for code in codes if code not in known]:
            raise forms.ValidationError(f"There is no party with the code {', '.join(strange)}.")
        return codes or None


class Sheet(NamedTuple):
    """The faults of one sheet."""

    name: str
    faults: list[Fault]


def page(request: HttpRequest) -> HttpResponse:
    """The form, and what came of it."""
    who = reader(request)
    if not may(who, Act.IMPORT):
        raise Http404
    form = Upload(request.POST or None, request.FILES or None)
    sheets: list[Sheet] = []
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        try:
            messages.success(request, _bring(said["file"], said["kind"], who.name, said["marking"]))
            return redirect("importing")
        except FaultyInput as faulty:
            sheets = by_sheet(faulty.faults)
        except (RefusedError, OlderReleaseError) as refused:
            form.add_error("file", str(refused))
    total = sum(len(sheet.faults) for sheet in sheets)
    answer = f"{Count(total):fault} in {form.cleaned_data['file'].name}: nothing was loaded." if sheets else ""
    return render(
        request,
        "portal/import.html",
        {"title": "Import", "form": form, "sheets": sheets, "total": total, "shown": MOST_FAULTS, "answer": answer},
        status=400 if sheets or form.errors else 200,
    )


def _bring(file: UploadedFile[Any], kind: str, author: str, marking: list[str] | None) -> str:
    """Bring ``file`` into the record; return in a sentence what came of it."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / (re.sub(r"[^\w.-]+", "-", Path(file.name or "").name)[-80:] or "file.xlsx")
        with path.open("wb") as out:
            for chunk in file.chunks():
                out.write(chunk)
        if kind == "registry":
            brought = import_registry(path, author)
            return f"{file.name}: {Count(brought.new):row} of reference data new, {len(brought.changed)} changed."
        done: Any = import_tracker(path, author) if kind == "kiel" else import_workbook(path, author, marking)
    if done.batch is None:
        return f"{file.name}: the record holds all of it already."
    return f"{file.name}: batch {done.batch}, {done.postings} postings; {done.new} new, {len(done.changed)} changed."


def by_sheet(faults: list[Fault]) -> list[Sheet]:
    """Return faults by their sheets, in the order in which they were found."""
    found: dict[str, list[Fault]] = {}
    for fault in faults[:MOST_FAULTS]:
        found.setdefault(fault.sheet, []).append(fault)
    return [Sheet(name, own) for name, own in found.items()]
