"""Adding sources and statements, each only once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from dataclasses import dataclass

from pledgeway.evidence.models import Source, Statement


@dataclass(frozen=True)
class Passage:
    """A passage to be recorded: the addresses of its source and of what it cites, and where in the source it stands."""

    source: str
    location: str
    text: str
    cites: tuple[str, ...] = ()

    @property
    def digest(self) -> str:
        """The SHA-256 of all of it, in 64 hexadecimal digits."""
        parts = json.dumps([self.source, self.location, self.text, sorted(set(self.cites))])
        return hashlib.sha256(parts.encode()).hexdigest()


def record_sources(addresses: Iterable[str]) -> dict[str, int]:
    """Return the ids of the sources at ``addresses``; those that are new are added."""
    wanted = dict.fromkeys(addresses)
    known = dict(Source.objects.in_bulk(list(wanted), field_name="address"))
    Source.objects.bulk_create([Source(address=address) for address in wanted if address not in known])
    found = Source.objects.in_bulk(list(wanted), field_name="address")
    return {address: source.pk for address, source in found.items()}


def record_passages(passages: Iterable[Passage]) -> dict[str, Statement]:
    """Return the statements by their digests; those that are new are added, with their sources."""
    wanted = {passage.digest: passage for passage in passages}
    known = Statement.objects.in_bulk(list(wanted), field_name="digest")
    new = {digest: passage for digest, passage in wanted.items() if digest not in known}
    sources = record_sources(address for passage in new.values() for address in (passage.source, *passage.cites))
    Statement.objects.bulk_create(
        Statement(source_id=sources[passage.source], location=passage.location, passage=passage.text, digest=digest)
        for digest, passage in new.items()
    )
    found = Statement.objects.in_bulk(list(wanted), field_name="digest")
    links = Statement.cites.through
    links.objects.bulk_create(
        links(statement_id=found[digest].pk, source_id=sources[address])
        for digest, passage in new.items()
        for address in dict.fromkeys(passage.cites)
    )
    return found


def digest_of(statement: Statement) -> str:
    """Return the digest that a recorded statement ought to have."""
    cites = tuple(source.address for source in statement.cites.all())
    return Passage(statement.source.address, statement.location, statement.passage, cites).digest
