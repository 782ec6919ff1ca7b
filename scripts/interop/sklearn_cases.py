"""Trains scikit-learn's HistGradientBoostingClassifier on sets that lie as raw numbers in a folder, and prints what it reaches.

Reads {"folder", "sets": [{"name", "settings", "features", "train": rows, "test": rows}], "threads"} on standard input; `<name>-<part>.f32`
holds the columns one after another, `<name>-<part>.u8` the labels. Prints one JSON line per set.
"""

import json
import os
import sys
import time

request = json.load(sys.stdin)
if request.get("threads"):
    os.environ["OMP_NUM_THREADS"] = str(request["threads"])

import numpy as np  # noqa: E402
import sklearn  # noqa: E402
from sklearn.ensemble import HistGradientBoostingClassifier  # noqa: E402
from sklearn.metrics import roc_auc_score  # noqa: E402


def rows_of(one, part):
    base = os.path.join(request["folder"], f"{one['name']}-{part}")
    values = np.fromfile(base + ".f32", dtype="<f4").reshape(one["features"], one[part])
    return values.T, np.fromfile(base + ".u8", dtype=np.uint8)


for one in request["sets"]:
    train, labels = rows_of(one, "train")
    test, truth = rows_of(one, "test")
    model = HistGradientBoostingClassifier(early_stopping=False, random_state=0, **one["settings"])
    for repeat in range(request.get("repeats", 1)):
        started = time.perf_counter()
        cpu = time.process_time()
        model.fit(train, labels)
        seconds = time.perf_counter() - started
        cpu = time.process_time() - cpu
        auc = float(roc_auc_score(truth, model.predict_proba(test)[:, 1]))
        figures = {"name": one["name"], "roc_auc": auc, "seconds": seconds, "cpu_seconds": cpu, "version": sklearn.__version__}
        print(json.dumps(figures), flush=True)
