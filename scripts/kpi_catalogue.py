"""Write docs/kpis.md from what stands beside the KPI models.

python scripts/kpi_catalogue.py            # write it
python scripts/kpi_catalogue.py --check    # exit with 1 when it is stale
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import yaml
from jinja2 import Environment

ROOT = Path(__file__).resolve().parent.parent
PROJECT = ROOT / "dbt_project"
MODELS = PROJECT / "models" / "intermediate" / "kpis"
PAGE = ROOT / "docs" / "kpis.md"
HEAD = """# KPIs

Made by `scripts/kpi_catalogue.py` from the files beside the models, in
`dbt_project/models/intermediate/kpis`; change those. `rpt_kpis` holds the figures,
`rpt_kpi_catalogue` these words, with the company's own days, hours and percentages where its vars
differ from the defaults that stand here.

A period that is not over is marked partial and compared with the same days of the earlier ones.
Days and weeks are compared with the same weekdays 52 weeks before. Division by zero is null.
Segments: sales by country and channel of the order and category of the product, customers by
country and channel of their first order, both by stage and value tier at the start of the period
(months and longer; tiers of the last 12 months). Numerators and denominators of the segments add up
to those over everybody.
"""


def definitions() -> list[dict[str, Any]]:
    """The meta of every KPI with its id, in the order of lists; vars have their defaults."""
    project = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    environment = Environment()
    environment.globals["var"] = project["vars"].__getitem__
    found = []
    for path in MODELS.glob("*/kpi_*.yml"):
        rendered = environment.from_string(path.read_text(encoding="utf-8")).render()
        (model,) = yaml.safe_load(rendered)["models"]
        found.append({"id": model["name"].removeprefix("kpi_"), **model["config"]["meta"]})
    return sorted(found, key=lambda kpi: kpi["sort_order"])


def page() -> str:
    """The whole page."""
    return "\n".join([HEAD, *(_entry(kpi) for kpi in definitions())])


def _entry(kpi: dict[str, Any]) -> str:
    by = f"by {', '.join(kpi['segments'])}" if kpi["segments"] else "over everybody only"
    grains = ", ".join(kpi["grains"])
    return f"""## {kpi["name"]} {kpi["name_zh"]}

`{kpi["id"]}`: {kpi["unit"]}, {kpi["direction"]} is good, owner {kpi["owner"]}; {grains}; {by}.

*{kpi["formula"].strip()}*

{kpi["explanation"].strip()} {kpi["explanation_zh"].strip()}
"""


def main() -> int:
    """Write the page, or compare it; returns the exit code."""
    if "--check" in sys.argv[1:]:
        if PAGE.exists() and PAGE.read_text(encoding="utf-8") == page():
            return 0
        print("docs/kpis.md is stale: run scripts/kpi_catalogue.py", file=sys.stderr)
        return 1
    PAGE.write_text(page(), encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
