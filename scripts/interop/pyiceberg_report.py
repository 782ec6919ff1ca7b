"""What scripts of pyiceberg cases have in common: the catalog of a request, and how cases are told."""

import json
import sys
import traceback

from pyiceberg.catalog.sql import SqlCatalog


def open_catalog(address):
    url = address["url"].replace("postgresql://", "postgresql+psycopg2://").replace("postgres://", "postgresql+psycopg2://")
    return SqlCatalog(address["name"], uri=url, warehouse=address["warehouse"], init_catalog_tables="false")


def equal(found, wanted, what="value"):
    if found != wanted:
        raise AssertionError(f"{what} is {json.dumps(found, default=str)[:600]}, not {json.dumps(wanted, default=str)[:600]}")


def tell(groups, run):
    """Reads a request, and writes one JSON line for each case of its group; `run(case, catalog, facts)` runs one."""
    request = json.load(sys.stdin)
    catalog = open_catalog(request["catalog"])
    for case in groups[request["group"]]:
        why = None
        try:
            run(case, catalog, request["facts"])
        except AssertionError as error:
            why = str(error)
        except Exception:
            why = traceback.format_exc(limit=-4)
        print(json.dumps({"name": case.__name__.replace("_", " "), "why": why}), flush=True)
