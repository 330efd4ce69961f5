"""Marketing spend: one CSV a day, as an advertising export would deliver it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import numpy as np

from rapport.simulate.world import DAY, World

# platform, channel, campaign, currency, cost per customer of the company and year (own currency)
LINES = (
    ("google_ads", "paid_search", "brand_search", "EUR", 3.1),
    ("google_ads", "paid_search", "generic_coffee", "EUR", 2.6),
    ("meta_ads", "paid_social", "spring_collection", "USD", 2.4),
    ("meta_ads", "paid_social", "retargeting", "USD", 1.1),
    ("mailer", "email", "monthly_letter", "EUR", 0.35),
)


def write(folder: Path, world: World, customers: int) -> int:
    """Write `<folder>/YYYY-MM-DD.csv` for each day; returns the number of rows.

    From `world.spend_change` on the files carry one column more, `video_views`.
    """
    rng = world.rng("spend")
    folder.mkdir(parents=True)
    days = np.arange(world.days)
    level = world.arrivals.operational(world.start + (days + 1) * DAY)
    level = np.diff(level, prepend=0.0)
    scale = customers * 365 / world.days
    for day in days:
        when = world.first_day + timedelta(days=int(day))
        wide = when >= world.spend_change
        header = "date,platform,channel,campaign,currency,cost,impressions,clicks"
        lines = [header + (",video_views" if wide else "")]
        for platform, channel, campaign, currency, yearly in LINES:
            cost = yearly * scale / 365 * level[day] * rng.lognormal(0, 0.18)
            clicks = rng.poisson(cost / 0.42)
            shown = clicks * int(rng.integers(25, 60)) + int(rng.integers(0, 200))
            line = f"{when},{platform},{channel},{campaign},{currency},{cost:.2f},{shown},{clicks}"
            lines.append(
                line + (f",{shown // 7 if channel == 'paid_social' else 0}" if wide else "")
            )
        (folder / f"{when}.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")
    return int(world.days * len(LINES))
