"""Salesforce: SOQL over an org's objects by the REST API, landed as JSON lines.

An interval is cut by SystemModstamp, which every change moves, deleting included; deleted rows
come along and say so. What the connection's user may not see does not exist for the API, so an
object is described before it is asked, and a missing field is told by its name.
"""

from __future__ import annotations

from rapport.connectors.salesforce.check import check, discover
from rapport.connectors.salesforce.fetch import fetch

__all__ = ["check", "discover", "fetch"]
