"""Make a whole believable company: CRM, ERP, web files, spend, and the truth about them.

The generative model, in short (parameters in `rates.Model`, dirt in `rates.Rates`):

- Customers arrive by a Poisson process with growth, season, weekday and hour of the business
  timezone. Purchases are BG/NBD in operational time: rate ~ Gamma, chance to leave after each
  purchase ~ Beta; late deliveries and tickets add to that chance.
- Lead_customer_share of customers were leads; a lead answered within 72 hours converts with
  lead_convert_fast, else with lead_convert_slow.
- Each customer has a favourite category; prices rise in January and at other times; money is in
  EUR, GBP, USD or CHF by country; some lines come back.
- Campaigns treat some members and hold back others; treated ones may place one more order.
- Then each system writes this down badly, at the rates of `rates.Rates`.

Customers are made in chunks, each with generators seeded by (seed, purpose, chunk), so memory does
not grow with their number and the same seed gives the same bytes.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow.compute as pc

from rapport.errors import RapportError
from rapport.simulate import (
    crm,
    dirt,
    erp,
    people,
    purchases,
    records,
    reference,
    schema,
    sinks,
    spend,
    text,
    truth,
    web,
)
from rapport.simulate.rates import Model, Rates
from rapport.simulate.webfiles import WebFiles
from rapport.simulate.world import World

CHUNK = 10_000
PARTS = ("crm", "erp", "web", "spend", "truth")
MARKER = "simulation.json"


@dataclass(frozen=True)
class SimulationSummary:
    """What was made. `raw_match_share`: of ERP customers with orders, the share whose e-mail,
    trimmed and in lower case, is that of some CRM contact."""

    customers: int
    prospects: int
    erp_customers: int
    erp_customers_with_orders: int
    raw_match_share: float
    orders: int
    order_lines: int
    contacts: int
    web_events: int
    spend_rows: int
    impossible_rows: int
    first_day: str
    last_day: str
    seed: int


def simulate(
    customers: int,
    start: date,
    end: date,
    seed: int,
    out: Path,
    erp_url: str | None = None,
    progress: Callable[[str], None] | None = None,
    rates: Rates | None = None,
    model: Model | None = None,
) -> SimulationSummary:
    """Write a simulated company to `out`, replacing one made there before.

    Args:
        customers: customers who order at least once in the period, at least 20.
        start: first day with facts (UTC).
        end: last day with facts (UTC), itself included.
        seed: the same seed, size and period give the same bytes.
        out: folder for crm/, erp/, web/, spend/ and truth/.
        erp_url: SQLAlchemy URL of the ERP's database; default `out`/erp/erp.sqlite.
        progress: told one sentence after each chunk.
        rates: dirt rates; the defaults are fixed by the project's brief.
        model: generative parameters.

    Raises:
        RapportError: simulate-arguments, simulate-folder, simulate-erp.
    """
    if customers < 20 or (end - start).days < 30:
        raise RapportError(
            "simulate-arguments",
            "The simulated company needs at least 20 customers and 30 days",
            f"customers {customers}, {start} to {end}",
            "Give more customers or a longer period.",
        )
    _clear(out)
    world = World(start, end, seed, rates or Rates(), model or Model())
    counters, totals = records.Counters(), _Totals()
    effects = truth.CampaignEffects(world)
    erp_sink, crm_sink = sinks.erp(out, erp_url), sinks.crm(out, world)
    files, truth_files = WebFiles(out / "web", world), sinks.TruthFiles(out / "truth")
    for table, rows in reference.erp_tables(world).items():
        erp_sink.append(table, rows)
    for chunk, first in enumerate(range(0, customers, CHUNK)):
        size = min(CHUNK, customers - first)
        _chunk(
            world, chunk, size, counters, totals, effects, erp_sink, crm_sink, files, truth_files
        )
        if progress:
            progress(f"{first + size:,} of {customers:,} customers, {files.events:,} web events")
    files.finish()
    totals.spend_rows = spend.write(out / "spend", world, customers)
    truth_files.append("campaign_effects", effects.table())
    truth_files.append("parameters", truth.parameters_table(world))
    for sink in (erp_sink, crm_sink, truth_files):
        sink.close()
    summary = SimulationSummary(
        customers=customers,
        prospects=totals.prospects,
        erp_customers=totals.erp_customers,
        erp_customers_with_orders=totals.with_orders,
        raw_match_share=totals.matched / max(totals.with_orders, 1),
        orders=totals.orders,
        order_lines=totals.order_lines,
        contacts=totals.contacts,
        web_events=files.events,
        spend_rows=totals.spend_rows,
        impossible_rows=totals.impossible,
        first_day=start.isoformat(),
        last_day=end.isoformat(),
        seed=seed,
    )
    (out / MARKER).write_text(json.dumps(asdict(summary), indent=2) + "\n", encoding="utf-8")
    return summary


@dataclass
class _Totals:
    prospects: int = 0
    erp_customers: int = 0
    with_orders: int = 0
    matched: int = 0
    orders: int = 0
    order_lines: int = 0
    contacts: int = 0
    spend_rows: int = 0
    impossible: int = 0


def _clear(out: Path) -> None:
    """Remove an earlier simulation, but never a folder that holds anything else."""
    out.mkdir(parents=True, exist_ok=True)
    foreign = {path.name for path in out.iterdir()} - {*PARTS, MARKER}
    if foreign:
        raise RapportError(
            "simulate-folder",
            "The output folder holds files that no simulation made",
            f"{out}: {', '.join(sorted(foreign)[:3])}",
            "Name an empty folder, or one that holds an earlier simulation.",
        )
    (out / MARKER).unlink(missing_ok=True)
    for part in PARTS:
        shutil.rmtree(out / part, ignore_errors=True)


def _chunk(
    world: World,
    chunk: int,
    size: int,
    counters: records.Counters,
    totals: _Totals,
    effects: truth.CampaignEffects,
    erp_sink: sinks.Sink,
    crm_sink: sinks.Sink,
    files: WebFiles,
    truth_files: sinks.TruthFiles,
) -> None:
    """Make and write the customers of one chunk and all that belongs to them."""
    crowd = people.make(world, chunk, size, counters.person)
    counters.person += len(crowd)
    orders, lives, members = purchases.simulate(world, chunk, crowd)
    erp_records, contacts, shop_email = records.write(world, chunk, crowd, orders, counters)
    sales = erp.sell(world, chunk, crowd, orders, erp_records, counters)
    effects.add(members, orders, sales)
    objects, links, voices = crm.work(
        world, chunk, crowd, orders, lives, members, contacts, sales, counters
    )
    for kind, rows in objects.items():
        crm_sink.append(kind, rows)
    crm_sink.append("associations", links)
    rng = world.rng("impossible", chunk)
    for table, rows in {"customers": erp_records.table, **sales.tables}.items():
        if table in dirt.IMPOSSIBLE:
            rows, notes = dirt.spoil(
                rng, table, rows, schema.ERP_KEYS[table], world.rates.erp_impossible
            )
            truth_files.append("impossible_rows", notes)
            totals.impossible += notes.num_rows
        erp_sink.append(table, rows)
    visits = web.browse(world, chunk, crowd, orders, lives, counters)
    files.append(chunk, crowd, shop_email, sales.order_no, visits)
    truth_files.append("texts", voices)
    truth_files.append("people", truth.people_table(crowd, orders, lives))
    truth_files.append("records", truth.records_table(crowd, erp_records, contacts, visits))
    totals.prospects += int((crowd.kind == people.PROSPECT).sum())
    totals.erp_customers += erp_records.table.num_rows
    totals.orders += int((~orders.quote).sum())
    totals.order_lines += sales.tables["order_lines"].num_rows
    totals.contacts += contacts.table.num_rows
    _match(totals, erp_records, contacts, sales)


def _match(
    totals: _Totals, erp_records: records.Written, contacts: records.Written, sales: erp.Sales
) -> None:
    """Count customers with orders, and those whose raw e-mail key is found in the CRM."""
    real = sales.tables["orders"].filter(pc.field("order_type") == "order")
    ordered = pc.unique(real["customer_no"])
    rows = erp_records.table.filter(pc.is_in(erp_records.table["customer_no"], value_set=ordered))
    known = text.raw_key(contacts.table["email"])
    mine = text.raw_key(rows["email"])
    found = pc.and_(pc.is_in(mine, value_set=known), pc.is_valid(mine))
    totals.with_orders += rows.num_rows
    totals.matched += int(np.sum(np.asarray(found)))
