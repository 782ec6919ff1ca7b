"""Cases that pyiceberg checks on tables of Millrace, and tables that pyiceberg makes for it.

Reads {"catalog", "group", "facts"} from standard input and writes one JSON line a case: {"name", "why"}, why null when it passed.
"""

import datetime

import pyarrow as pa
import pyarrow.compute as pc
from pyiceberg.expressions import And, EqualTo, GreaterThanOrEqual, LessThan
from pyiceberg.schema import Schema
from pyiceberg.types import LongType, NestedField, StringType
from pyiceberg_report import equal, tell

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)
MICROSECOND = datetime.timedelta(microseconds=1)


def shown(value):
    """A value in the form of the facts: 64-bit integers as text, bytes as hex, times as epoch ms, dates as days."""
    if isinstance(value, datetime.datetime):
        return str((value - EPOCH) // MICROSECOND // 1000)
    if isinstance(value, datetime.date):
        return str(value.toordinal() - EPOCH.date().toordinal())
    if isinstance(value, bytes):
        return value.hex()
    return value


def rows_of(table, wide):
    rows = []
    for row in table.to_pylist():
        rows.append([str(value) if name in wide and value is not None else shown(value) for name, value in row.items()])
    return rows


def day(number):
    return (EPOCH + datetime.timedelta(days=number)).isoformat()


def finds_tables(catalog, facts):
    equal([".".join(name) for name in catalog.list_namespaces()], [facts["namespace"]], "namespaces")
    equal(sorted(table for _, table in catalog.list_tables(facts["namespace"])), facts["tables"], "tables")


def reads_schema(catalog, facts):
    table = catalog.load_table(f"{facts['namespace']}.every_type")
    found = [[field.field_id, field.name, str(field.field_type), not field.required] for field in table.schema().fields]
    equal(found, facts["schema"], "schema")


def reads_every_type(catalog, facts):
    table = catalog.load_table(f"{facts['namespace']}.every_type")
    found = rows_of(table.scan().to_arrow().sort_by("num1"), {"num1", "wide1", "_arrival"})
    equal(found, facts["values"], "rows")


def reads_old_snapshot(catalog, facts):
    table = catalog.load_table(f"{facts['namespace']}.every_type")
    equal([snapshot.snapshot_id for snapshot in table.metadata.snapshots], facts["snapshots"], "snapshot ids")
    counts = [len(table.scan(snapshot_id=snapshot).to_arrow()) for snapshot in facts["snapshots"]]
    equal(counts, facts["snapshot_rows"], "rows of each snapshot")
    equal(int(table.current_snapshot().summary["total-records"]), facts["snapshot_rows"][-1], "total-records")


def reads_counts_and_sums(catalog, facts):
    table = catalog.load_table(f"{facts['namespace']}.by_day")
    arrow = table.scan(selected_fields=("num1", "txt1")).to_arrow()
    equal(len(arrow), facts["events"], "count")
    equal(pc.sum(arrow["num1"]).as_py(), facts["event_sum"], "sum")
    equal(pc.count_distinct(arrow["txt1"]).as_py(), facts["event_texts"], "distinct texts")
    equal(table.scan().count(), facts["events"], "count from metadata")


def prunes_by_day(catalog, facts):
    table = catalog.load_table(f"{facts['namespace']}.by_day")
    total = len(list(table.scan().plan_files()))
    equal(total, facts["event_files"], "files")
    for place, number in enumerate(facts["event_days"]):
        scan = table.scan(row_filter=And(GreaterThanOrEqual("event_time", day(number)), LessThan("event_time", day(number + 1))))
        equal(len(list(scan.plan_files())), 1, f"files of day {number}")
        numbers = scan.to_arrow()["num1"]
        equal([pc.min(numbers).as_py(), pc.max(numbers).as_py()], [place * 1000, place * 1000 + 999], f"numbers of day {number}")


def prunes_by_statistics(catalog, facts):
    table = catalog.load_table(f"{facts['namespace']}.by_day")
    scan = table.scan(row_filter=EqualTo("num1", 1500))
    equal(len(list(scan.plan_files())), 1, "files")
    equal(scan.to_arrow()["num1"].to_pylist(), [1500], "rows")
    equal(len(list(table.scan(row_filter=EqualTo("txt1", "zzz")).plan_files())), 0, "files of a text that no file holds")


def reads_statistics(catalog, facts):
    files = catalog.load_table(f"{facts['namespace']}.every_type").inspect.files()
    columns = next(file["readable_metrics"] for file in files.to_pylist() if file["record_count"] == 3)
    first = {name: [shown(metrics["lower_bound"]), shown(metrics["upper_bound"]), metrics["null_value_count"]] for name, metrics in columns.items()}
    equal({name: first[name] for name in facts["statistics"]}, facts["statistics"], "statistics")
    if not all(metrics["column_size"] for metrics in columns.values()):
        raise AssertionError(f"a column has no size: {columns}")


def reads_empty(catalog, facts):
    table = catalog.load_table(f"{facts['namespace']}.empty")
    equal(len(table.scan().to_arrow()), 0, "rows")
    equal(table.current_snapshot(), None, "snapshot")


def follows_rebase(catalog, facts):
    table = catalog.load_table(f"{facts['namespace']}.rebased")
    equal(sorted(table.scan().to_arrow()["num1"].to_pylist()), facts["rebased"], "rows")
    left = table.scan(snapshot_id=facts["left_behind"]).to_arrow()["num1"].to_pylist()
    equal(sorted(left), facts["left_behind_rows"], "rows of the snapshot left behind")


def appends(catalog, facts):
    table = catalog.load_table(f"{facts['namespace']}.by_day")
    number = facts["event_days"][2]
    rows = [{"event_time": EPOCH + datetime.timedelta(days=number, seconds=second), "num1": 1_000_000 + second, "txt1": "from python"} for second in range(10)]
    table.append(pa.Table.from_pylist(rows, schema=table.schema().as_arrow()))
    equal(table.scan().count(), facts["events"] + 10, "count")


def deletes(catalog, facts):
    table = catalog.load_table(f"{facts['namespace']}.by_day")
    table.delete(EqualTo("num1", 0))
    equal(table.scan().count(), facts["events"] + 9, "count")


def evolves(catalog, facts):
    table = catalog.load_table(f"{facts['namespace']}.rebased")
    with table.update_schema() as update:
        update.rename_column("txt1", "renamed")
        update.add_column("added", LongType())
    equal([field.name for field in table.schema().fields], ["event_time", "num1", "renamed", "added"], "columns")


def creates(catalog, facts):
    schema = Schema(NestedField(1, "k", StringType(), required=False), NestedField(2, "v", LongType(), required=False))
    table = catalog.create_table(f"{facts['namespace']}.foreign", schema)
    for number in range(3):
        table.append(pa.Table.from_pylist([{"k": f"key {number}", "v": number}], schema=schema.as_arrow()))
    equal(table.scan().count(), 3, "count")


def reads_after_us(catalog, facts):
    equal(catalog.load_table(f"{facts['namespace']}.by_day").scan().count(), facts["events"] + 9 + 1000, "count of by_day")
    foreign = catalog.load_table(f"{facts['namespace']}.foreign")
    equal(sorted(foreign.scan().to_arrow()["v"].to_pylist()), [0, 1, 2, 77], "rows of foreign")
    evolved = catalog.load_table(f"{facts['namespace']}.rebased").scan().to_arrow().sort_by("num1").to_pylist()
    equal([[row["num1"], row["renamed"], row["added"]] for row in evolved], facts["evolved"], "rows of rebased")


GROUPS = {
    "read": [
        finds_tables, reads_schema, reads_every_type, reads_old_snapshot, reads_counts_and_sums, prunes_by_day, prunes_by_statistics,
        reads_statistics, reads_empty, follows_rebase,
    ],
    "write": [appends, deletes, evolves, creates],
    "reread": [reads_after_us],
}


tell(GROUPS, lambda case, catalog, facts: case(catalog, facts))
