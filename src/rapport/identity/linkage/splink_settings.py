"""A trained model as settings of Splink 5."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from rapport.identity.linkage.comparisons import Comparison


def splink_settings(
    chosen: Sequence[Comparison],
    m: Mapping[str, list[float]],
    u: Mapping[str, list[float]],
    prior: float,
) -> dict[str, Any]:
    """Settings that Splink 5 scores with.

    Args:
        m: by comparison the share of matches at each level, the rest first.
        u: the same for pairs that do not match.
        prior: probability that two records drawn at random match.
    """
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "record_key",
        "probability_two_random_records_match": prior,
        "blocking_rules_to_generate_predictions": [],
        "retain_matching_columns": False,
        "retain_intermediate_calculation_columns": False,
        "linker_uid": "rapport",
        "comparisons": [
            {
                "output_column_name": comparison.name,
                "comparison_levels": _levels(comparison, m[comparison.name], u[comparison.name]),
            }
            for comparison in chosen
        ],
    }


def _levels(comparison: Comparison, m: list[float], u: list[float]) -> list[dict[str, Any]]:
    count = len(comparison.levels)
    found: list[dict[str, Any]] = [
        {
            "sql_condition": comparison.missing,
            "label_for_charts": "missing",
            "is_null_level": True,
        }
    ]
    for place, level in enumerate(comparison.levels):
        number = count - place
        entry = {
            "sql_condition": level.sql,
            "label_for_charts": level.label,
            "m_probability": m[number],
            "u_probability": u[number],
        }
        if level.frequency:
            entry |= {
                "tf_adjustment_column": f"{level.frequency}_at",
                "tf_adjustment_weight": 1.0,
                "disable_tf_exact_match_detection": True,
            }
        found.append(entry)
    return [
        *found,
        {
            "sql_condition": "ELSE",
            "label_for_charts": "different",
            "m_probability": m[0],
            "u_probability": u[0],
        },
    ]
