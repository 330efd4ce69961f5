"""The DAGs of the demo company, read once, as Airflow's DAG processor reads them."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import pytest

from rapport.settings import REPO

DAGS = REPO / "dags"


def dag_files() -> list[Path]:
    """The files that Airflow reads: those that `.airflowignore` does not name."""
    ignored = (DAGS / ".airflowignore").read_text().split()
    return sorted(path for path in DAGS.glob("*.py") if path.name not in ignored)


@pytest.fixture(scope="package")
def dags(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """DAG id to DAG; a file that cannot be imported fails here."""
    os.environ.setdefault("AIRFLOW_HOME", str(tmp_path_factory.mktemp("airflow")))
    from airflow.dag_processing.dagbag import DagBag

    sys.path.insert(0, str(DAGS))
    try:
        bag = DagBag(dag_folder=str(DAGS), bundle_path=DAGS, bundle_name="dags")
    finally:
        sys.path.remove(str(DAGS))
    assert bag.import_errors == {}
    return dict(bag.dags)
