"""Link any record set as identity would, and hold the clusters against the truth."""
