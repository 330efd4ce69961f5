"""The tables in which every prediction says how a holdout went; dbt puts them under one another."""

from __future__ import annotations

import pyarrow as pa

NONE = "none"  # model and metric of a prediction that was not made at all

# A row a prediction, model and metric. `naive_value` is the same metric of the naive rule; `reason`
# says why the model is used, or why not.
QUALITY = pa.schema(
    [
        ("prediction", pa.string()),
        ("model", pa.string()),
        ("holdout_start", pa.date32()),
        ("holdout_end", pa.date32()),
        ("customers", pa.int64()),
        ("metric", pa.string()),
        ("value", pa.float64()),
        ("naive_value", pa.float64()),
        ("is_published", pa.bool_()),
        ("reason", pa.string()),
        ("reason_zh", pa.string()),
    ]
)

# A row a prediction, model and tenth of the customers, the least foretold first: means of what was
# foretold and of what came.
CALIBRATION = pa.schema(
    [
        ("prediction", pa.string()),
        ("model", pa.string()),
        ("decile", pa.int64()),
        ("customers", pa.int64()),
        ("predicted", pa.float64()),
        ("actual", pa.float64()),
    ]
)
