"""Fields of structs that Millrace and pyiceberg change in turn.

Reads {"catalog", "group", "facts"} from standard input and writes one JSON line a case: {"name", "why"}, why null when it passed.
"""

import pyarrow as pa
from pyiceberg.types import StringType
from pyiceberg_report import equal, tell


def rows(table):
    found = table.scan().to_arrow().sort_by("num1").to_pylist()
    # pyiceberg gives an empty list for a null one of structs, although the file tells them apart.
    return [{**row, "lines": row["lines"] or None} for row in found]


def reads_renamed_dropped_and_widened_fields_of_structs(table):
    wanted = [
        {"num1": 1, "place": {"town": "a", "zip": 1}, "lines": [{"cents": 2, "sku": None}]},
        {"num1": 2, "place": None, "lines": None},
        {"num1": 3, "place": {"town": "c", "zip": 3}, "lines": [{"cents": 4, "sku": "new"}]},
    ]
    equal(rows(table), wanted, "rows")


def changes_fields_of_structs_and_appends(table):
    with table.update_schema() as update:
        update.rename_column(("place", "town"), "village")
        update.add_column(("place", "street"), StringType())
    row = {"num1": 4, "place": {"village": "d", "zip": 5, "street": "r"}, "lines": [{"cents": 6, "sku": "py"}]}
    table.append(pa.Table.from_pylist([row], schema=table.schema().as_arrow()))


def reads_structs_that_were_compacted(table):
    found = rows(table)
    equal([row["place"] and row["place"]["village"] for row in found], ["a", None, "c", "d"], "villages")
    equal(found[1], {"num1": 2, "place": None, "lines": None}, "nulls")
    equal(found[3], {"num1": 4, "place": {"village": "d", "zip": 5, "street": "r"}, "lines": [{"cents": 6, "sku": "py"}]}, "last row")


GROUPS = {
    "first": [reads_renamed_dropped_and_widened_fields_of_structs, changes_fields_of_structs_and_appends],
    "second": [reads_structs_that_were_compacted],
}


tell(GROUPS, lambda case, catalog, facts: case(catalog.load_table(f"{facts['namespace']}.structs")))
