"""Tables of the state store. Times are text, `YYYY-MM-DDTHH:MM:SSZ`, so that they sort."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Float, Integer, MetaData, Table, Text

VERSION = 5
metadata = MetaData()

schema_version = Table("schema_version", metadata, Column("version", Integer, primary_key=True))

deliveries = Table(
    "deliveries",
    metadata,
    Column("delivery_id", Text, primary_key=True),
    Column("source", Text, nullable=False, index=True),
    Column("entity", Text, nullable=False),
    Column("interval_start", Text, nullable=False),
    Column("interval_end", Text, nullable=False),
    Column("version", Text, nullable=False),
    Column("received", BigInteger, nullable=False, default=0),
    Column("loaded", BigInteger, nullable=False, default=0),
    Column("quarantined", BigInteger, nullable=False, default=0),
    Column("superseded", BigInteger, nullable=False, default=0),
    Column("duplicates", BigInteger, nullable=False, default=0),
    Column("bytes", BigInteger, nullable=False, default=0),
    Column("status", Text, nullable=False),  # landed | gated | held | loaded | superseded
    Column("reason", Text),
    Column("rules", JSON),  # quarantined rows by rule
    Column("checks", JSON),  # outcome of every expectation of the gate
    Column("files", JSON),  # accepted files, as paths inside the landing zone
    Column("recorded_at", Text, nullable=False),
)

# Every load of an interval, also those that another has replaced: what was known when.
loads = Table(
    "loads",
    metadata,
    Column("load_no", BigInteger, primary_key=True, autoincrement=False),
    Column("source", Text, nullable=False),
    Column("entity", Text, nullable=False),
    Column("interval_start", Text, nullable=False),
    Column("interval_end", Text, nullable=False),
    Column("files", JSON),  # accepted files; null once they were removed
    Column("loaded_at", Text, nullable=False),
    Column("replaced_at", Text),
)

mends = Table(
    "mends",
    metadata,
    Column("source", Text, primary_key=True),
    Column("entity", Text, primary_key=True),
    Column("original_sha256", Text, primary_key=True),  # of the quarantined row as it came
    Column("mended", JSON, nullable=False),  # the row as it should have come
    Column("recorded_at", Text, nullable=False),
)

gated_intervals = Table(
    "gated_intervals",
    metadata,
    Column("source", Text, primary_key=True),
    Column("interval_start", Text, primary_key=True),
    Column("interval_end", Text, primary_key=True),
    Column("revision", Integer, nullable=False),
    Column("loaded", JSON, nullable=False),
    Column("held", JSON, nullable=False),
    Column("recorded_at", Text, nullable=False),
)

builds = Table(
    "builds",
    metadata,
    Column("build_id", Text, primary_key=True),
    Column("as_of", Text, nullable=False),
    Column("status", Text, nullable=False),  # running | published | failed
    Column("is_side", Integer, nullable=False, default=0),
    Column("inputs", Text, nullable=False, default=""),  # fingerprint of the gated intervals
    Column("started_at", Text, nullable=False),
    Column("finished_at", Text),
    Column("detail", JSON),
)

locks = Table(
    "locks",
    metadata,
    Column("name", Text, primary_key=True),
    Column("owner", Text, nullable=False),
    Column("since", Text, nullable=False),
    Column("lease_until", Text, nullable=False),
)

publications = Table(
    "publications",
    metadata,
    Column("publication_id", Integer, primary_key=True),
    Column("build_id", Text, nullable=False),
    Column("as_of", Text, nullable=False),
    Column("status", Text, nullable=False),  # prepared | published | withdrawn
    Column("published_at", Text),
    Column("detail", JSON),
)

identity_customers = Table(
    "identity_customers",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("status", Text, nullable=False),  # active | alias
    Column("alias_of", Text),
    Column("minted_from", Text, nullable=False),
    Column("since_as_of", Text, nullable=False),
)

identity_records = Table(
    "identity_records",
    metadata,
    Column("record_key", Text, primary_key=True),
    Column("customer_id", Text, nullable=False, index=True),
    Column("since_as_of", Text, nullable=False),
    # How often the source gave the key to somebody else.
    Column("generation", Integer, nullable=False, server_default="0"),
)

# Who had each record key last, folded as for comparison: what tells a new address from another
# person. Personal data; nothing else in the store names a person.
identity_people = Table(
    "identity_people",
    metadata,
    Column("record_key", Text, primary_key=True),
    Column("given_name", Text),
    Column("given_root", Text),
    Column("family_name", Text),
    Column("birth_date", Text),
    Column("email", Text),
    Column("phone", Text),
    Column("national_id", Text),
    Column("tax_id", Text),
    sqlite_with_rowid=False,
)

identity_changes = Table(
    "identity_changes",
    metadata,
    Column("change_no", BigInteger, primary_key=True, autoincrement=False),
    Column("as_of", Text, nullable=False),
    # minted | joined | merged | split | moved | reassigned
    Column("change_kind", Text, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("record_key", Text),
    Column("previous_customer_id", Text),
    Column("reason", Text, nullable=False),
)

# Changes with every write to the tables above: a cache of them knows whether it is theirs.
identity_revision = Table("identity_revision", metadata, Column("revision", Text, primary_key=True))

identity_models = Table(
    "identity_models",
    metadata,
    Column("model_id", Text, primary_key=True),
    Column("as_of", Text, nullable=False),  # of the build that trained it last
    Column("status", Text, nullable=False),  # active | retired
    Column("model", Text, nullable=False),  # JSON, byte for byte what `model_id` was made from
    Column("reason", Text, nullable=False),  # why it was trained
)

identity_decisions = Table(
    "identity_decisions",
    metadata,
    Column("decision_id", Integer, primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),  # link | unlink
    Column("left_key", Text, nullable=False),
    Column("right_key", Text, nullable=False),
    Column("decided_by", Text, nullable=False),
    Column("decided_at", Text, nullable=False),
    Column("note", Text, nullable=False),
    Column("withdrawn_at", Text),
    Column("withdrawn_by", Text),
)

cluster_centroids = Table(
    "cluster_centroids",
    metadata,
    Column("as_of", Text, primary_key=True),
    Column("cluster_no", Integer, primary_key=True, autoincrement=False),
    Column("since_as_of", Text, nullable=False),
    Column("customers", BigInteger, nullable=False),
    Column("centre", JSON, nullable=False),  # feature -> value, unscaled
)

# Every move of a customer from one value tier to another, the first one into a tier included.
value_tier_moves = Table(
    "value_tier_moves",
    metadata,
    Column("customer_id", Text, primary_key=True),
    Column("as_of", Text, primary_key=True),
    Column("tier", Text, nullable=False),
)

# What the next prediction goes on from.
value_builds = Table(
    "value_builds",
    metadata,
    Column("as_of", Text, primary_key=True),
    Column("model", Text),  # of purchases
    # What was seen and does not count yet: customer -> another tier than the held one.
    Column("seen", JSON, nullable=False),
)

mail_ledger = Table(
    "mail_ledger",
    metadata,
    Column("message_id", Text, primary_key=True),
    # report | held (to the owner) | delayed (to a reader) | trouble (to the owner) | alert
    Column("kind", Text, nullable=False, server_default="report"),
    Column("report", Text, nullable=False),
    Column("period", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("edition", Text),
    Column("publication_id", Integer),
    # claimed | sending | sent | uncertain | failed | refused | invalid | nothing-to-tell
    Column("status", Text, nullable=False),
    Column("answer", Text),  # the server's words, or why it was not even tried
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("claimed_by", Text),
    Column("told_at", Text),  # when the owner was told that it did not arrive
    Column("body_sha256", Text),
    Column("first_at", Text),
    Column("updated_at", Text, nullable=False),
)

# Why a report did not go out when it was due, until it could.
report_holds = Table(
    "report_holds",
    metadata,
    Column("report", Text, primary_key=True),
    Column("period", Text, primary_key=True),
    Column("reason", JSON, nullable=False),  # see rapport.report.mailing.holds
    Column("held_at", Text, nullable=False),
    Column("released_at", Text),
)

runs = Table(
    "runs",
    metadata,
    Column("run_id", Text, primary_key=True),
    Column("build_id", Text),
    Column("step", Text, nullable=False),
    Column("source", Text),
    Column("entity", Text),
    Column("interval_start", Text),
    Column("interval_end", Text),
    Column("rows", BigInteger),
    Column("bytes", BigInteger),
    Column("seconds", Float, nullable=False),
    Column("status", Text, nullable=False),  # ok | failed
    Column("started_at", Text, nullable=False),
    Column("detail", Text),
)
