"""Rapport: one profile, one lifecycle stage and clear KPIs for every customer."""
