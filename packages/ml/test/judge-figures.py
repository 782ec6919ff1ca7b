"""Writes what scikit-learn says of the cases of src/judge/metric.test.ts: python3 judge-figures.py > judge-figures.json"""

import json

import numpy as np
import sklearn
from sklearn.metrics import average_precision_score, confusion_matrix, log_loss, roc_auc_score

CASES = [
    {"name": "smooth", "seed": 1, "rows": 2000, "share": 0.3, "strength": 0.5, "step": 0},
    {"name": "tied", "seed": 2, "rows": 2000, "share": 0.3, "strength": 0.5, "step": 0.1},
    {"name": "rare", "seed": 3, "rows": 20000, "share": 0.002, "strength": 0.9, "step": 0},
    {"name": "inverted", "seed": 4, "rows": 500, "share": 0.5, "strength": -0.4, "step": 0.05},
    {"name": "constant", "seed": 5, "rows": 300, "share": 0.2, "strength": 0, "step": 1},
]


def draws(seed):
    state = seed
    while True:
        state = (1664525 * state + 1013904223) % 2**32
        yield state / 2**32


def case(seed, rows, share, strength, step, **_):
    draw = draws(seed)
    labels, scores = [], []
    for _ in range(rows):
        label = 1 if next(draw) < share else 0
        score = (1 - abs(strength)) * next(draw) + (abs(strength) * next(draw) ** 0.5 if (label == 1) == (strength > 0) else 0)
        labels.append(label)
        scores.append(np.floor(score / step) * step if step > 0 else score)
    return np.array(labels), np.array(scores)


figures = []
for one in CASES:
    labels, scores = case(**one)
    tn, fp, fn, tp = confusion_matrix(labels, scores >= 0.5).ravel()
    figures.append(
        {
            **one,
            "roc_auc": roc_auc_score(labels, scores),
            "pr_auc": average_precision_score(labels, scores),
            "log_loss": log_loss(labels, scores),
            "at_half": {"true_positives": int(tp), "false_positives": int(fp), "true_negatives": int(tn), "false_negatives": int(fn)},
        }
    )
print(json.dumps({"scikit_learn": sklearn.__version__, "cases": figures}, indent=2))
