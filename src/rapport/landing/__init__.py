"""The landing zone: intervals of entities, as received and as accepted, behind fsspec URLs."""
