"""Every Asset of Rapport, on one page: the only way one DAG sets off another.

`raw_<source>` says: the interval's gate has passed and its rows are in the raw schema.
`marts` says: a new publication stands for readers.
"""

from airflow.sdk import Asset

from dag_defaults import COMPANY

RAW = {
    source: Asset(name=f"raw_{source}", uri=f"x-rapport://raw/{source}")
    for source in COMPANY.sources
}
MARTS = Asset(name="marts", uri="x-rapport://marts")
