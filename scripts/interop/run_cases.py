"""Cases that pyiceberg checks on the tables of a real run. Input and output as of pyiceberg_cases.py."""

import json
import sys
import traceback

import pyarrow.compute as pc
from pyiceberg.expressions import GreaterThanOrEqual
from pyiceberg_report import open_catalog


def table_of(catalog, name):
    [namespace] = [space for space in catalog.list_namespaces() if "_input_" in space[0]]
    return catalog.load_table((*namespace, name))


def equal(found, wanted, what):
    if found != wanted:
        raise AssertionError(f"{what} is {found}, not {wanted}")


def counts_requests(catalog, facts):
    equal(table_of(catalog, "requests").scan().to_arrow().num_rows, facts["decoded"], "rows of requests")


def sums_windows(catalog, facts):
    rows = table_of(catalog, "ip_activity").scan(selected_fields=("ip", "hits")).to_arrow()
    equal(rows.num_rows, facts["rows"], "rows of ip_activity")
    equal(pc.sum(rows["hits"]).as_py(), facts["hits"], "sum of hits")
    equal(pc.count_distinct(rows["ip"]).as_py(), facts["keys"], "addresses")


def prunes_a_scan(catalog, facts):
    table = table_of(catalog, "ip_activity")
    everything = len(list(table.scan().plan_files()))
    ends = pc.max(table.scan(selected_fields=("window_end",)).to_arrow()["window_end"]).as_py()
    pruned = table.scan(row_filter=GreaterThanOrEqual("window_end", ends.isoformat()))
    if not len(list(pruned.plan_files())) < everything:
        raise AssertionError(f"the scan reads all {everything} files")
    if not 0 < pruned.to_arrow().num_rows < facts["rows"]:
        raise AssertionError("the pruned scan has no rows, or all of them")


def reads_an_old_snapshot(catalog, facts):
    table = table_of(catalog, "ip_activity")
    closing = table.current_snapshot()
    equal(closing.summary["millrace.closing"], "true", "mark of the closing")
    before = table.scan(snapshot_id=closing.parent_snapshot_id).to_arrow().num_rows
    if not 0 < before < facts["rows"]:
        raise AssertionError(f"the snapshot before the closing has {before} rows of {facts['rows']}")


def main():
    request = json.load(sys.stdin)
    catalog = open_catalog(request["catalog"])
    for case in (counts_requests, sums_windows, prunes_a_scan, reads_an_old_snapshot):
        why = None
        try:
            case(catalog, request["facts"])
        except Exception as error:
            why = f"{error}" if isinstance(error, AssertionError) else traceback.format_exc(limit=3)
        print(json.dumps({"name": f"run {case.__name__}", "why": why}), flush=True)


main()
