"""Recording on screen what is promised, announced and needed; and new terms of what is recorded already."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from pledgeway.access.deciding import Reader
from pledgeway.accounts.stages import KINDS
from pledgeway.intake.said import VERSIONED, pairs
from pledgeway.ledger.models import AnnouncementTerms, CommitmentTerms, RequirementVersion
from pledgeway.portal import inputs, terms_form
from pledgeway.portal.lists import commitments, requirements
from pledgeway.portal.middleware import reader
from pledgeway.portal.pages.commitment import COMPARED, changes, facts
from pledgeway.portal.pages.posting import moved
from pledgeway.portal.pages.requirement import facts as facts_of_need
from pledgeway.portal.rehearsing import Subject, Tried, answered, say_posted, tried
from pledgeway.portal.words import counted, exact, spoken, spoken_posting_day
from pledgeway.registry.models import Item
from pledgeway.tables.faults import Fault
from pledgeway.tables.fields import Field
from pledgeway.tables.recording import COMMITMENTS, RECORDED, REQUIREMENTS

MEANWHILE = "Somebody recorded new terms of it meanwhile: look at them, then decide."
PASSED_ON = ("donor", "recipient", "party", "item", "place", "decision", "announcement", "draws_on", "reimburses")
"""Words of the address that the choice of a kind hands on to the form."""
MODELS = {"announcements": AnnouncementTerms, "commitments": CommitmentTerms, "requirements": RequirementVersion}
COMPARED_NEEDS = ("party", "accepts", "quantity", "place", "due", "grace_days", "priority", "weight", "state", "text",
                  "marking")  # fmt: skip


def offer(who: Reader, **given: str) -> dict[str, str]:
    """Return what a page needs to offer ``who`` to record a promise; ``given`` are words that its form begins with."""
    if not terms_form.may_state(who, COMMITMENTS, given.get("donor")):
        return {}
    query = f"?{urlencode(given)}" if given else ""
    return {"record": reverse("commitments-record") + query, "record_words": "Record a promise"}


def offer_need(who: Reader) -> dict[str, str]:
    """Return what a page needs to offer ``who`` to state a need."""
    if not terms_form.may_state(who, REQUIREMENTS):
        return {}
    return {"record": reverse("commitments-new", args=["requirement"]), "record_words": "State a need"}


def address_of_change(who: Reader, table: str, key: str, owner: str) -> str:
    """Return where ``who`` changes the terms of a row of ``table`` that ``owner`` states; "" for who may not."""
    may = terms_form.may_state(who, RECORDED[table], owner)
    return reverse(f"{table}-terms", args=[key]) if may else ""


def kinds(request: HttpRequest) -> HttpResponse:
    """What can be recorded: a kind is chosen first."""
    own = terms_form.kinds(reader(request))
    if not own:
        raise Http404
    if len(own) == 1:
        return redirect("commitments-new", own[0][0])
    given = {name: request.GET[name][:200] for name in PASSED_ON if name in request.GET}
    query = f"?{urlencode(given)}" if given else ""
    offered = [(f"{reverse('commitments-new', args=[name])}{query}", name, meaning) for name, meaning in own]
    answer = "What is to be recorded? Its kind says what the form asks."
    return render(request, "portal/record.html", {"title": "Record", "answer": answer, "kinds": offered})


def new(request: HttpRequest, kind: str) -> HttpResponse:
    """The form for something new of ``kind``."""
    who = reader(request)
    if kind not in dict(terms_form.kinds(who)):
        raise Http404
    beginning = terms_form.beginning(kind, who, request.GET)
    return _form(request, kind, None, beginning, reverse("commitments-record"))


def of(table: str) -> Callable[[HttpRequest, str], HttpResponse]:
    """Return the page of the form for new terms of a row of ``table``."""

    def page(request: HttpRequest, key: str) -> HttpResponse:
        who = reader(request)
        version = _version(table, key, who)
        owner = getattr(version, terms_form.owner_of(RECORDED[table])).code if version is not None else ""
        if version is None or not terms_form.may_state(who, RECORDED[table], owner):
            raise Http404
        kind = version.commitment.kind if table == "commitments" else RECORDED[table].row
        return _form(request, kind, version, terms_form.present(version, kind, who), _page_of(table, key))

    return page


def _version(table: str, key: str, who: Reader) -> Any:
    seen, name, _ = VERSIONED[table]
    rows: Any = seen(who)
    refer = ("donor", "recipient", "item", "place", "commitment") if table == "commitments" else (name,)
    return rows.filter(**{f"{name}__key": key}).select_related(*refer, "statement__source").first()


def _page_of(table: str, key: str) -> str:
    """Return where a row is read; of an announcement, where its parts are recorded."""
    pages = {"commitments": commitments.url_of, "requirements": requirements.url_of}
    parts = f"{reverse('commitments-record')}?{urlencode({'announcement': key})}"
    return pages[table](key) if table in pages else parts


def _form(request: HttpRequest, kind: str, version: Any, texts: dict[str, str], back: str) -> HttpResponse:
    """The form: what is typed, a preview of the words that will stand, or a redirect once they are recorded."""
    who, table = reader(request), terms_form.table_of(kind)
    asked = terms_form.fields(kind, who, known=version is not None)
    if request.method == "POST":
        texts = ({"key": texts["key"]} if version is not None else {}) | {
            name: text for name, text in terms_form.typed(inputs.said(request.POST), asked).items()
            if version is None or name != "key"
        }  # fmt: skip
    key, note = texts.get("key", "").strip(), texts.get("note", "").strip()
    name = VERSIONED[table.name][1]
    subject = Subject(MODELS[table.name]._default_manager.filter(**{f"{name}__key": key}))
    said = terms_form.row(kind, {one: texts.get(one, "") for one in asked if one != "note"})
    objections = _objections(asked, version, texts, subject)
    done = tried(request, {table.name: [said]}, note, subject, objections=objections)
    if done.batch is not None:
        say_posted(request, done)
        return redirect(_page_of(table.name, key))
    shown = terms_form.inputs(asked, texts, who, done.faults, version)
    stray = [str(fault) for fault in done.faults if fault.column not in {one["field"].name for one in shown}]
    sentence, words = _preview(done, version, who, texts.get("source", "")) if done.draft is not None else ("", [])
    words += [("Note", note)] if words and note else []
    more = {
        "title": f"New terms of {key}" if version is not None else f"New {'promise: ' * (kind in KINDS)}{kind}",
        "facts": words, "inputs": shown,
        "groups": terms_form.groups(shown), "meanwhile_words": MEANWHILE, "back": back, "action": request.path,
    }  # fmt: skip
    return answered(request, done, subject, sentence or (KINDS[kind].meaning.capitalize() + "." if kind in KINDS else
                    f"{table.meaning.capitalize()}."), more, stray)  # fmt: skip


def _objections(asked: dict[str, Field], version: Any, texts: dict[str, str], subject: Subject) -> list[Fault]:
    """Return what is wrong with the form itself: a key that is taken, terms that change without a reason."""
    found = []
    if version is None and texts.get("key") and subject.last():
        found.append(Fault("", "", "key", asked["key"].title, f"'{texts['key'][:80]}'", "a key that nothing has yet"))
    if version is not None and not texts.get("note", "").strip():
        found.append(Fault("", "", "note", asked["note"].title, "nothing", "why its terms change"))
    return found


def _preview(done: Tried, version: Any, who: Reader, source: str) -> tuple[str, list[tuple[str, str]]]:
    """Return the sentence and the facts that will stand in the record."""
    assert done.draft is not None
    parent, entry = done.draft.entries[0], cast("Any", done.draft.entries[-1])
    if version is None:  # what was written and rolled back is not there to be read
        setattr(entry, str(parent._meta.model_name), parent)
    words = _facts(entry, who, source)
    if version is not None:
        names = COMPARED_NEEDS if isinstance(entry, RequirementVersion) else COMPARED
        changed = changes([version, entry], tuple(one for one in names if hasattr(entry, one)))[0]["words"]
        is_same = changed == ["recorded again"]
        sentence = "Nothing changes in its terms." if is_same else f"{counted(len(changed), 'thing')} in its terms "
        return sentence if is_same else f"{sentence}{'changes' if len(changed) == 1 else 'change'}.", [
            *((("Changes", one) for one in changed) if not is_same else ()), *words,
        ]  # fmt: skip
    if isinstance(entry, RequirementVersion):
        units = dict(Item.objects.values_list("code", "unit"))
        asked = counted(entry.quantity, requirements.unit_of([units[code] for code, _ in pairs(entry.accepts)]))
        return f"{entry.party} asks for {asked} by {spoken(entry.due)}; it is {entry.state}.", words
    whom = f" to {entry.recipient}" if entry.recipient is not None else ""
    if isinstance(entry, AnnouncementTerms):
        return f"{entry.donor} announces{whom} what is promised one by one.", words
    return _promise(done, entry, whom), words


def _promise(done: Tried, entry: CommitmentTerms, whom: str) -> str:
    assert done.draft is not None
    what = entry.item.name if entry.item is not None else entry.text or entry.commitment.kind
    if not done.draft.moves:
        return f"{entry.donor} promises {what}{whom}; nothing is counted of it yet."
    move = done.draft.moves[0]
    return (
        f"{entry.donor} promises {moved(move, entry.commitment)} of {what}{whom}: all of it is "
        f"{KINDS[entry.commitment.kind].first} on {spoken_posting_day(move.day)}."
    )


def _facts(entry: Any, who: Reader, source: str) -> list[tuple[str, str]]:
    statement = entry.statement
    rests = []
    if statement is not None:  # the source of a passage that was only rehearsed is not there
        rests = [("Passage", statement.passage), ("Its source", source.strip() or str(statement.source))]
    if isinstance(entry, RequirementVersion):
        names = dict(Item.objects.filter(code__in=[code for code, _ in pairs(entry.accepts)])
                     .values_list("code", "name"))  # fmt: skip
        entry.items = [names.get(code, code) for code, _ in pairs(entry.accepts)]  # type: ignore[attr-defined]
        return [("For", entry.party.name), ("Quantity", exact(entry.quantity)), ("Due", spoken(entry.due)),
                *facts_of_need(entry), *rests]  # fmt: skip
    parties = [("Donor", entry.donor.name), ("Recipient", entry.recipient.name if entry.recipient else "")]
    if isinstance(entry, AnnouncementTerms):
        value = f"{exact(entry.value)} {entry.currency}" if entry.value is not None else ""
        found = [*parties, ("Text", entry.text), ("Stated value", value), ("Decision", entry.decision),
                 ("Marking", ", ".join(entry.marking)), ("Key", entry.announcement.key)]  # fmt: skip
    else:
        announcement = entry.announcement.key if entry.announcement is not None else ""
        found = [*parties, ("Item", entry.item.name if entry.item else ""), *facts(entry, who),
                 ("Announcement", announcement)]  # fmt: skip
    return [(title, words) for title, words in (*found, *rests) if words]
