"""One customer out of many records: normalise, link, cluster, and ids that stay."""
