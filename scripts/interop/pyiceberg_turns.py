"""Turns of pyiceberg on a table that Millrace changes too.

Reads {"catalog", "group", "facts"} from standard input and writes one JSON line a case: {"name", "why"}, why null when it passed.
"""

import datetime

import pyarrow as pa
from pyiceberg.exceptions import CommitFailedException, ValidationException
from pyiceberg.expressions import And, EqualTo, GreaterThan, GreaterThanOrEqual, LessThan, Or
from pyiceberg.types import StringType
from pyiceberg_report import equal, tell

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
TRIES_MAX = 200


def rows(table, text, numbers):
    list_of = [
        {"event_time": EPOCH + datetime.timedelta(days=number % 3, milliseconds=number), "num1": number, "int1": number % 7, text: word}
        for number, word in numbers
    ]
    return pa.Table.from_pylist(list_of, schema=table.schema().as_arrow())


def held(table, text, **options):
    found = table.scan(selected_fields=("num1", text), **options).to_arrow().sort_by("num1")
    return [[number, word] for number, word in zip(found["num1"].to_pylist(), found[text].to_pylist())]


def reads_and_prunes_by_bucket(table, facts):
    equal(held(table, "txt1"), facts["held"], "rows")
    files = len(list(table.scan().plan_files()))
    one = table.scan(row_filter=EqualTo("txt1", "word 3"))
    found = sorted(number for number in one.to_arrow()["num1"].to_pylist())
    equal(found, [number for number, word in facts["held"] if word == "word 3"], "rows of a word")
    planned = len(list(one.plan_files()))
    if planned * 2 > files:
        raise AssertionError(f"{planned} of {files} files are read for one bucket")
    below = table.scan(row_filter=LessThan("num1", 100))
    equal(len(below.to_arrow()), 100, "rows of a truncation")


def overwrites_and_deletes(table, facts):
    table.overwrite(rows(table, "txt1", [(1001, "from python"), (1002, "from python")]), LessThan("num1", 50))
    table.delete(EqualTo("num1", 120))
    equal(table.scan().count(), len(facts["held"]) - 51 + 2, "rows")


def reads_corrections_and_new_columns(table, facts):
    equal([field.name for field in table.schema().fields], ["event_time", "num1", "int1", "word", "price", "tags"], "columns")
    equal(str(table.schema().find_field("int1").field_type), "long", "type of int1")
    equal(held(table, "word"), facts["held"], "rows")
    equal([field.name for field in table.spec().fields], ["event_time_day"], "partition fields")


def evolves_appends_and_tags(table, facts):
    with table.update_schema() as update:
        update.add_column("note", StringType())
    with table.update_spec() as update:
        update.add_identity("int1")
    table.append(rows(table, "word", [(2001, "from python")]))
    table.manage_snapshots().create_tag(table.current_snapshot().snapshot_id, "py").commit()
    equal(table.scan().count(), len(facts["held"]) + 1, "rows")


def reads_what_was_compacted(table, facts):
    equal(held(table, "word"), facts["held"], "rows")
    equal(table.current_snapshot().summary.operation.value, "replace", "operation")
    start = table.metadata.refs["start"].snapshot_id
    equal(len(table.scan(snapshot_id=start).to_arrow()), 300, "rows of the tag")
    late = table.scan(row_filter=And(GreaterThanOrEqual("event_time", "1970-01-03T00:00:00+00:00"), GreaterThan("num1", 150)))
    wanted = sorted(number for number, _ in facts["held"] if number % 3 == 2 and number > 150)
    equal(sorted(late.to_arrow()["num1"].to_pylist()), wanted, "rows of a day")


def writes_beside_us(table, facts):
    for number in range(facts["races"]):
        until_committed(table, lambda: table.append(rows(table, "word", [(30_000 + number, "theirs")])))
        until_committed(table, lambda: table.overwrite(rows(table, "word", [(40_000, f"theirs {number}")]), Or(EqualTo("num1", 40_000), EqualTo("num1", 40_001))))


def until_committed(table, commit):
    for _ in range(TRIES_MAX):
        try:
            return commit()
        except (CommitFailedException, ValidationException):
            table.refresh()
    raise AssertionError("never committed")


GROUPS = {
    "first": [reads_and_prunes_by_bucket, overwrites_and_deletes],
    "second": [reads_corrections_and_new_columns, evolves_appends_and_tags],
    "third": [reads_what_was_compacted],
    "race": [writes_beside_us],
}


tell(GROUPS, lambda case, catalog, facts: case(catalog.load_table(f"{facts['namespace']}.turns"), facts))
