"""Posting by hand: what may happen to what stands somewhere, seen beforehand, then recorded; and lines taken back."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from pledgeway.access.deciding import Reader
from pledgeway.accounts.figures import Amount
from pledgeway.accounts.moves import Move, Position
from pledgeway.accounts.stages import Act, Step
from pledgeway.ledger import models
from pledgeway.ledger.permission import reversible, steps_open
from pledgeway.ledger.reading import read_moves
from pledgeway.ledger.seen import requirements_seen
from pledgeway.portal import posting_form
from pledgeway.portal.lists import commitments, postings
from pledgeway.portal.middleware import reader
from pledgeway.portal.rehearsing import Subject, Tried, answered, say_posted, sent_before, tried
from pledgeway.portal.tables import Column, Table
from pledgeway.portal.words import Quantity, counted, spoken_posting_day
from pledgeway.registry.models import Place

MOST_LINES = 50
"""How many lines, the latest, the page offers to take back."""
MEANWHILE = "Somebody posted to this commitment meanwhile: look at what happens now, then post."


@dataclass(frozen=True)
class Spot:
    """Where something of a commitment stands (None: outside the ledger), and what the reader may post from there."""

    number: int
    position: Position | None
    amount: Amount
    title: str
    steps: list[Step]

    def choices(self) -> list[tuple[str, str]]:
        """Return each step as an address's query and in words."""
        return [
            (f"?{urlencode({'at': self.number, 'step': step_name(step)})}", step_words(step)) for step in self.steps
        ]


def step_name(step: Step) -> str:
    """Return the name of a step in addresses."""
    return f"{step[0].value}:{step[2] or ''}"


def step_words(step: Step) -> str:
    """Return what a step does, as its link says it."""
    after = step[2] or ""
    match step[0]:
        case Act.AMEND:
            return "raise the promise" if step[1] is None else "mend: too much was recorded"
        case Act.RELEASE:
            return f"release to {after}"
        case Act.REJECT:
            return f"reject, back to {after}"
        case Act.FIND | Act.RESUME:
            return f"{'found' if step[0] is Act.FIND else 'resumed'}, {after}"
    return "promise" if step[0] is Act.PROMISE else after


def may_post_to(terms: Any, who: Reader) -> bool:
    """Return whether ``who`` may post anything to the commitment of ``terms``."""
    return who.role is not None and any(spot.steps for spot in spots(terms, who))


def spots(terms: Any, who: Reader) -> list[Spot]:
    """Return where the commitment stands, in the order of the chain, with what ``who`` may post from there."""
    of = terms.commitment
    held = list(
        models.Position.objects.filter(commitment=of)
        .exclude(quantity=0, marks=0)
        .select_related("requirement", "place")
        .order_by("pk")
    )
    places: list[Position | None] = [
        Position(one.stage, one.left, one.requirement.key if one.requirement else "",
                 one.place.code if one.place else "", one.consignment, one.lot)
        for one in held
    ]  # fmt: skip
    steps = steps_open(of.key, of.kind, [*places, None], who)
    seen = set(requirements_seen(who).filter(requirement_id__in=[one.requirement_id for one in held])
               .values_list("requirement_id", flat=True))  # fmt: skip
    found = []
    for one, position, own in zip(held, places, steps, strict=False):
        amount = Amount(one.quantity, one.marks)
        said = f"{counted(Quantity.of(amount, of.decimals), of.unit)} {one.stage}"
        found.append(Spot(one.pk, position, amount, said + where(one, seen), own))
    unwanted = Act.PROMISE if held else Act.AMEND
    outside = [step for step in steps[-1] if step[0] is not unwanted]
    return [*found, Spot(0, None, Amount(), "The promise itself", outside)]


def where(end: models.Position, seen: set[int]) -> str:
    """Return the details of a position in words, as far as they may be seen."""
    words = [f"having left {end.left}"] if end.left else []
    if end.requirement is not None:
        shown = end.requirement_id in seen
        words.append(f"for {end.requirement.key}" if shown else "for a requirement that is not shown to you")
    preposition = "bound for" if end.stage == posting_form.ON_THE_WAY else "at"
    words += [f"{preposition} {end.place.name}"] if end.place is not None else []
    words += [f"{name} {value}" for name in ("consignment", "lot") if (value := getattr(end, name))]
    return "".join(f", {word}" for word in words)


def with_reversals(table: Table, who: Reader) -> Table:
    """Return a table of postings with a link on each line that ``who`` may take back."""

    def complete(found: list[Any]) -> None:
        assert table.complete is not None
        table.complete(found)
        back = reversible([row.pk for row in found], who)
        for row in found:
            row.reversible = row.pk in back

    def address(row: Any) -> str | None:
        page_ = reverse("commitments-post", args=[row.commitment.key])
        return f"{page_}?reverses={row.pk}" if row.reversible else None

    def words(row: Any) -> str:
        return "take back" if row.reversible else ""

    column = Column("reversal", "Mend", words, link=address, show=words, only_on_screen=True)
    return replace(table, columns=(*table.columns, column), complete=complete)


def page(request: HttpRequest, key: str) -> HttpResponse:
    """What may happen to the commitment ``key``; the form for what is chosen; what it would do; and the posting."""
    who = reader(request)
    terms: Any = commitments.rows(who).filter(commitment__key=key).first()
    if terms is None or who.role is None:
        raise Http404
    if (before := sent_before(request, _lines(terms))) is not None:
        return _posted(request, before, terms)
    given = request.POST if request.method == "POST" else request.GET
    if "reverses" in given:
        return _take_back(request, terms, given["reverses"])
    open_ = spots(terms, who)
    lines = list(postings.rows(who).filter(commitment=terms.commitment).order_by("-pk")[:MOST_LINES])
    back = reversible([line.pk for line in lines], who)
    if not back and not any(spot.steps for spot in open_):
        raise Http404
    for spot in open_:
        for step in spot.steps:
            if given.get("at") == str(spot.number) and given.get("step") == step_name(step):
                return _form(request, terms, spot, step)
    return render(
        request,
        "portal/post.html",
        {"title": f"Post to {commitments.what(terms)}", "answer": "What happened, and to what?", "terms": terms,
         "spots": [spot for spot in open_ if spot.number or spot.steps],
         "back": [(f"?reverses={line.pk}", postings.in_words(line), line) for line in lines if line.pk in back]},
    )  # fmt: skip


def _form(request: HttpRequest, terms: Any, spot: Spot, step: Step) -> HttpResponse:
    """The form for one step: what is typed, a preview of it, or a redirect once it is recorded."""
    who, subject = reader(request), _lines(terms)
    texts = posting_form.beginning(terms, spot.position, spot.amount, step, who) | posting_form.typed(request.POST)
    asked = posting_form.fields(step, spot.amount, terms)
    row = posting_form.row(terms, spot.position, step, {name: texts.get(name, "") for name in asked})
    done = tried(request, {"postings": [row]}, texts["note"], subject)
    if done.batch is not None:
        return _posted(request, done, terms)
    sentence = said(done.draft.moves[0], terms, spot.amount) if done.draft is not None else ""
    more = {
        "title": f"{step_words(step).capitalize()}: {spot.title}", "meanwhile_words": MEANWHILE,
        "inputs": posting_form.inputs(asked, texts, terms, who, done.faults),
        "hidden": {"at": spot.number, "step": step_name(step)}, "back": _address(terms), "action": _address(terms),
    }  # fmt: skip
    stray = [str(fault) for fault in done.faults if fault.column not in asked]
    return answered(request, done, subject, sentence, more, stray)


def _take_back(request: HttpRequest, terms: Any, number: str) -> HttpResponse:
    """What taking back a line does, and the reversal."""
    who, subject = reader(request), _lines(terms)
    at = int(number) if number.isascii() and number.isdecimal() and len(number) < 18 else 0
    line = postings.rows(who).filter(commitment=terms.commitment, pk=at).first()
    if line is None or at not in reversible([at], who):
        raise Http404
    texts = posting_form.typed(request.POST)
    row = {"commitment": terms.commitment.key, "act": Act.REVERSE.value, "reverses": at}
    done = tried(request, {"postings": [row]}, texts.get("note", ""), subject, begin=True)
    if done.batch is not None:
        return _posted(request, done, terms)
    move = next(move for _, move in read_moves("p.id", [at]))
    more = {
        "title": f"Take back line {at}", "meanwhile_words": MEANWHILE, "reversal": True, "hidden": {"reverses": at},
        "inputs": posting_form.inputs({"note": posting_form.NOTE}, texts, terms, who, []), "back": _address(terms),
        "action": _address(terms),
    }  # fmt: skip
    return answered(request, done, subject, taken_back(move, at, terms), more, [str(fault) for fault in done.faults])


def _lines(terms: Any) -> Subject:
    return Subject(models.Posting.objects.filter(commitment=terms.commitment))


def _address(terms: Any) -> str:
    return reverse("commitments-post", args=[terms.commitment.key])


def _posted(request: HttpRequest, done: Tried, terms: Any) -> HttpResponse:
    say_posted(request, done)
    return redirect("commitments-one", key=terms.commitment.key)


def said(move: Move, terms: Any, amount: Amount) -> str:
    """Return in a sentence what a posting moves of the ``amount`` that stands where it begins."""
    of = terms.commitment
    gone, come = move.marks()
    known = Quantity.of(Amount(move.quantity, max(gone, come)), of.decimals)
    day = spoken_posting_day(move.day)
    if move.source is None and move.target is not None:
        are, stand = ("is", "stands") if str(known) == "1" else ("are", "stand")
        sentence = f"{counted(known, f'more {of.unit}')} {are} promised on {day} and {stand} at {move.target.stage}"
    else:
        assert move.source is not None
        whole = Quantity.of(amount, of.decimals)
        verb = "moves" if str(known) == "1" else "move"
        ends = f"from {move.source.stage} to {move.target.stage}" if move.target else f"out of {move.source.stage}"
        details = "" if move.target is None else _details(move.target)
        sentence = f"{known} of {counted(whole, of.unit)} {verb} {ends}{details} on {day}"
    return f"{sentence}; nothing else changes."


def moved(move: Move, of: models.Commitment) -> str:
    """Return how much a posting moves, with its unit."""
    return counted(Quantity.of(Amount(move.quantity, max(move.marks())), of.decimals), of.unit)


def taken_back(move: Move, number: int, terms: Any) -> str:
    """Return in a sentence what taking back the posting ``move`` does."""
    of = terms.commitment
    before, after = (end.stage if end else "outside the ledger" for end in (move.source, move.target))
    return (
        f"Line {number} is taken back whole: {moved(move, of)} go back from {after} to {before}, "
        f"as of {spoken_posting_day(move.day)}; nothing else changes."
    )


def _details(target: Position) -> str:
    place = Place.objects.filter(code=target.place).values_list("name", flat=True).first() if target.place else ""
    preposition = "bound for" if target.stage == posting_form.ON_THE_WAY else "at"
    words = [("for", target.requirement), (preposition, place), ("under", target.consignment), ("lot", target.lot)]
    return "".join(f", {word} {value}" for word, value in words if value)
