"""What is said when dbt fails: which model or test, why, and some of the rows to blame."""

from __future__ import annotations

from typing import Any

from rapport import log, warehouses
from rapport.errors import RapportError
from rapport.settings import Settings

FAILED = ("error", "fail", "runtime error")
SHOWN_NODES = 10
SHOWN_ROWS = 5


def failed(settings: Settings, results: list[Any]) -> RapportError:
    """One sentence a failed node; a failed test shows rows that broke it."""
    bad = [result for result in results if str(result.status) in FAILED]
    parts = []
    for result in bad[:SHOWN_NODES]:
        said = " ".join(str(result.message or result.status).split())
        if str(result.status) == "fail" and result.node.resource_type == "test":
            said = f"{result.failures} rows break this test{_examples(settings, result.node)}"
        parts.append(f"{result.node.name}: {said[:600]}")
    skipped = sum(str(result.status) == "skipped" for result in results)
    more = f"; {len(bad) - SHOWN_NODES} more" if len(bad) > SHOWN_NODES else ""
    return RapportError(
        "models-failed",
        f"{len(bad)} of {len(results)} models and tests failed, {skipped} were skipped: "
        + "; ".join(parts)
        + more,
        f"{settings.company.name}, {settings.dbt_dir / 'logs' / 'dbt.log'}",
        "read the rows or the message named, mend the data or the model, and build again; "
        "the published marts are unchanged",
    )


def _examples(settings: Settings, node: Any) -> str:
    try:
        with warehouses.open(settings) as warehouse:
            found = warehouse.read(
                f"select * from ({node.compiled_code}) as failing limit {SHOWN_ROWS}"
            )
    except Exception as error:  # an example is a courtesy: the failure itself must come through
        log.get(step="dbt").warning("no example of a failed test", reason=str(error))
        return ""
    lines = [", ".join(f"{k}={v}" for k, v in row.items()) for row in found.to_pylist()]
    return f", such as [{'] ['.join(lines)}]"


def unusable(settings: Settings, error: BaseException | None) -> RapportError:
    """The project could not be read or the warehouse not be opened, in dbt's own words."""
    return RapportError(
        "dbt-unusable",
        " ".join(str(error or "dbt gave no reason").split()),
        f"{settings.project_dir / 'dbt_project'} with {settings.company_dir}",
        "mend the file named; if the warehouse cannot be opened, see that no other process "
        "holds it and that RAPPORT_WAREHOUSE is right",
    )
