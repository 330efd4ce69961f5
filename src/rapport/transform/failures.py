"""What is said when dbt fails: which model or test, why, and some of the rows to blame."""

from __future__ import annotations

from typing import Any

from rapport import log, warehouses
from rapport.errors import RapportError
from rapport.settings import Settings
from rapport.transform.checks import Answer

FAILED = ("error", "fail", "runtime error")
SHOWN_NODES = 10
SHOWN_ROWS = 5


def failed(settings: Settings, results: list[Any], answers: list[Answer]) -> RapportError:
    """One sentence a failed node; a failed test shows rows that broke it.

    Args:
        results: dbt's own, of models, seeds and such tests as it runs.
        answers: of all other tests.
    """
    broken = [answer for answer in answers if not answer.is_good]
    bad = [result for result in results if str(result.status) in FAILED]
    parts = [
        (answer.name, answer.error or _broken(settings, answer.rows, answer.query))
        for answer in broken[:SHOWN_NODES]
    ]
    for result in bad[: SHOWN_NODES - len(parts)]:
        said = str(result.message or result.status)
        if str(result.status) == "fail" and result.node.resource_type == "test":
            said = _broken(settings, result.failures, result.node.compiled_code)
        parts.append((result.node.name, said))
    count = len(bad) + len(broken)
    skipped = sum(str(result.status) == "skipped" for result in results)
    more = f"; {count - SHOWN_NODES} more" if count > SHOWN_NODES else ""
    return RapportError(
        "models-failed",
        f"{count} of {len(results) + len(answers)} models and tests failed, {skipped} were "
        "skipped: "
        + "; ".join(f"{name}: {' '.join(said.split())[:600]}" for name, said in parts)
        + more,
        f"{settings.company.name}, {settings.dbt_dir / 'logs' / 'dbt.log'}",
        "read the rows or the message named, mend the data or the model, and build again; "
        "the published marts are unchanged",
    )


def _broken(settings: Settings, rows: int, query: str) -> str:
    return f"{rows} rows break this test{_examples(settings, query)}"


def _examples(settings: Settings, query: str) -> str:
    try:
        with warehouses.open(settings) as warehouse:
            found = warehouse.read(f"select * from ({query}) as failing limit {SHOWN_ROWS}")
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
