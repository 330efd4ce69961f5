"""`make demo`, `make up` and `make down`: the whole chain on a simulated company."""
