"""What no rebuild can give back: identity, mail ledger, publications, intervals, runs."""
