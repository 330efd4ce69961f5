"""Reports: published marts in, mail and archive out. One folder under `reports/` a report."""
