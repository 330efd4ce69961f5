"""The marts gate: Great Expectations on the candidate, before anything is published."""

from __future__ import annotations

from typing import Any

from rapport.errors import RapportError
from rapport.gates import suites
from rapport.settings import Settings
from rapport.warehouses import Warehouse

MODULE = "marts"


def run(settings: Settings, warehouse: Warehouse, schema: str) -> list[dict[str, Any]]:
    """Validate each candidate table for which `expectations/marts.py` has a function.

    A company's own `expectations/marts.py` takes the place of the project's.

    Returns:
        one document an expectation: gate, rule, severity, success, unexpected, detail.

    Raises:
        RapportError: `marts-gate-failed` naming each broken critical expectation; nothing is
            published then.
    """
    path, _ = suites.module_path(settings, MODULE)
    outcomes: list[dict[str, Any]] = []
    for table in suites.functions(path):
        suite = suites.load(settings, f"{MODULE}.{table}")
        columns = sorted(_columns(suite))
        chosen = ", ".join(f'"{name}"' for name in columns) or "1 as present"
        frame = warehouse.read(f'select {chosen} from {schema}."{table}"').to_pandas()
        frame["_row"] = range(len(frame))
        for check in suites.Validator(suite).validate(frame, "_row", name_rows=False):
            outcomes.append({"gate": f"{MODULE}.{table}", **check.document()})
    broken = [o for o in outcomes if not o["success"] and o["severity"] == "critical"]
    if broken:
        told = "; ".join(f"{o['gate']}: {o['rule']} ({o['unexpected']} rows)" for o in broken)
        raise RapportError(
            "marts-gate-failed",
            f"The candidate breaks {len(broken)} critical rules: {told}",
            f"schema {schema}",
            "readers keep the last publication; look at the rows in the private warehouse, mend "
            "the data or the model, and run the build again",
        )
    return outcomes


def _columns(suite: Any) -> set[str]:
    names = set()
    for expectation in suite.expectations:
        for attribute in ("column", "column_A", "column_B"):
            value = getattr(expectation, attribute, None)
            if value:
                names.add(str(value))
        names |= set(getattr(expectation, "column_list", None) or [])
    return names
