"""HubSpot's CRM API (v3 objects, search, pipelines and owners, v4 associations).

An interval is cut by the object's last-modified property. What was archived in it comes as a row
with `archived: true`. Rows are landed as HubSpot sends them, as JSON lines; what its search leaves
out (associations, histories) is read in batches and put where the list endpoint has it.
"""

from __future__ import annotations

from rapport.connectors.hubspot.check import check, discover
from rapport.connectors.hubspot.fetch import fetch

__all__ = ["check", "discover", "fetch"]
