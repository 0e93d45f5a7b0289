from django.db import migrations

from pledgeway.accounts.stages import KINDS

MET = "('allocated', 'in transit', 'at hub', 'delivered', 'received')"
HANDED_OVER = "('delivered', 'received')"
MANY = 2_000


def fill(apps, editor):
    """Derive the totals of what was recorded before there were any; turnovers follow with their chapters."""
    _commitments(apps)
    left = editor.quote_name("left")
    held = "FROM ledger_position s JOIN ledger_commitmenttotal t ON t.commitment_id = s.commitment_id"
    of_all = [one.pk for one in apps.get_model("ledger", "Marking").objects.all() if "public" in one.codes]
    public = ", ".join(map(str, of_all)) or "0"
    for donor in ("0", "t.donor_id"):
        key = f"t.marking_id, t.kind, t.unit, t.decimals, t.item, s.stage, s.{left}, COALESCE(s.place_id, 0)"
        editor.execute(
            f"INSERT INTO ledger_stagetotal (donor, marking_id, kind, unit, decimals, item, stage, {left}, place, "
            f"quantity, marks) SELECT {donor}, {key}, SUM(s.quantity), SUM(s.marks) {held} "
            f"{'' if donor == '0' else f'WHERE t.marking_id NOT IN ({public}) '}"
            f"GROUP BY {key}{'' if donor == '0' else ', t.donor_id'}"
        )
    figures = ", ".join(
        f"SUM(CASE WHEN s.stage IN {stages} THEN s.quantity ELSE 0 END)"
        for stages in (MET, HANDED_OVER, "('received')")
    )
    key = "s.requirement_id, t.donor_id, t.marking_id, t.decimals"
    editor.execute(
        "INSERT INTO ledger_requirementtotal (requirement_id, donor_id, marking_id, decimals, allocated, delivered, "
        f"received) SELECT {key}, {figures} {held} WHERE s.requirement_id IS NOT NULL AND s.{left} = '' GROUP BY {key}"
    )


def _commitments(apps):
    terms, position = apps.get_model("ledger", "CommitmentTerms"), apps.get_model("ledger", "Position")
    marking, total = apps.get_model("ledger", "Marking"), apps.get_model("ledger", "CommitmentTotal")
    latest = {
        row.commitment_id: row for row in terms.objects.select_related("commitment").order_by("pk").iterator(MANY)
    }
    found = {}
    for number, stage, left, quantity, marks in position.objects.values_list(
        "commitment_id", "stage", "left", "quantity", "marks"
    ).iterator(MANY):
        if number in latest:
            own = found.setdefault(number, {"promised": 0, "marks": 0, "delivered": 0, "furthest": -1})
            kind = KINDS[latest[number].commitment.kind]
            rank = kind.rank(left or stage)
            own["promised"] += quantity
            own["marks"] += marks
            if kind.stage("delivered") and rank >= kind.rank("delivered"):
                own["delivered"] += quantity
            if quantity or marks:
                own["furthest"] = max(own["furthest"], rank)
    numbers = {}
    for row in latest.values():
        codes = tuple(sorted(set(row.marking)))
        if codes not in numbers:
            numbers[codes] = marking.objects.create(codes=list(codes)).pk
    total.objects.bulk_create(
        (
            total(
                commitment_id=number, terms_id=row.pk, donor_id=row.donor_id, item=row.item_id or 0,
                marking_id=numbers[tuple(sorted(set(row.marking)))], kind=row.commitment.kind,
                unit=row.commitment.unit, decimals=row.commitment.decimals,
                place=row.place_id or 0, **found.get(number, {}),
            )
            for number, row in latest.items()
        ),
        batch_size=500,
    )  # fmt: skip


class Migration(migrations.Migration):
    dependencies = [("ledger", "0006_totals")]
    operations = [migrations.RunPython(fill)]
