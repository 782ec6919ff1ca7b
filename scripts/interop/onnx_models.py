"""Trains models of scikit-learn, writes them as ONNX files with skl2onnx, and says what they predict.

Reads {"folder"} on standard input. Writes <name>.onnx there and prints {"versions", "features", "rows", "models": {name: scores}}; a
missing value in a row is null.
"""

import json
import os
import sys

import numpy as np
import skl2onnx
import sklearn
from skl2onnx.common.data_types import FloatTensorType
from sklearn.ensemble import GradientBoostingRegressor, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

FEATURES = 8
SHOWN_ROWS = 500
folder = json.load(sys.stdin)["folder"]

random = np.random.default_rng(5)
whole = random.normal(size=(4000, FEATURES)).astype(np.float32)
labels = (whole[:, 0] * whole[:, 1] + whole[:, 2] + random.normal(scale=0.3, size=len(whole)) > 0.4).astype(np.int64)
gaps = whole.copy()
gaps[random.random(gaps.shape) < 0.1] = np.nan
shown = gaps[:SHOWN_ROWS]


def probability(model):
    return lambda rows: model.predict_proba(rows)[:, 1]


trees = HistGradientBoostingClassifier(max_iter=60, random_state=0).fit(gaps, labels)
linear = make_pipeline(StandardScaler(), LogisticRegression()).fit(whole, labels)
regressor = GradientBoostingRegressor(n_estimators=30, random_state=0).fit(whole, labels.astype(float))
models = {
    "hist_gradient_boosting": (trees, probability(trees), {"zipmap": False}),
    "logistic_regression": (linear, probability(linear), {"zipmap": False}),
    "gradient_boosting_regressor": (regressor, regressor.predict, {}),
    "with_zipmap": (linear, probability(linear), None),
}

scores = {}
for name, (model, predict, options) in models.items():
    last = model[-1] if hasattr(model, "steps") else model
    converted = skl2onnx.to_onnx(
        model,
        initial_types=[("features", FloatTensorType([None, FEATURES]))],
        options={id(last): options} if options else None,
        target_opset=15,
    )
    with open(os.path.join(folder, f"{name}.onnx"), "wb") as file:
        file.write(converted.SerializeToString())
    rows = shown if model is trees else whole[:SHOWN_ROWS]
    scores[name] = {
        "rows": [[None if np.isnan(value) else float(value) for value in row] for row in rows],
        "scores": [float(score) for score in predict(rows)],
    }

versions = {"scikit-learn": sklearn.__version__, "skl2onnx": skl2onnx.__version__}
print(json.dumps({"versions": versions, "features": FEATURES, "models": scores}))
