"""The files of a source in the company folder: description, gates, staging, tests, feed models."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rapport.company.writing import flow
from rapport.sources import feeds
from rapport.sources.facts import Found, is_whole
from rapport.sources.feeds import Proposal

_LINE = 60  # what a call may take of a line of 100
# Values for the made-up rows of unit tests: one a type, none taken from the source.
_MADE_UP: dict[str, Any] = {
    "text": " a ",
    "integer": 1,
    "decimal": 1,
    "double": 1,
    "boolean": True,
    "date": "2024-01-01",
    "timestamp": "2024-01-01 00:00:00",
}


def files(source: str, found: Iterable[Found], proposals: Iterable[Proposal]) -> dict[str, str]:
    """All files of a source, by their path inside the company folder."""
    entities, proposals = list(found), list(proposals)
    staging = f"models/staging/{source}"
    written = {
        f"sources/{source}.yml": _description(source, entities, feeds.needed(entities, proposals)),
        f"{staging}/_{source}__sources.yml": _sources(source, entities),
        f"{staging}/_{source}__unit_tests.yml": _unit_tests(source, entities),
    }
    for one in entities:
        model = f"{staging}/stg_{source}__{one.entity.name}"
        written[f"{model}.sql"] = _staging_sql(source, one)
        written[f"{model}.yml"] = _staging_yml(source, one)
    for proposal in proposals:
        model = f"models/intermediate/{source}/{model_of(source, proposal)}"
        written[f"{model}.sql"] = _feed_sql(source, proposal)
        written[f"{model}.yml"] = _feed_yml(source, proposal)
    return written


def model_of(source: str, proposal: Proposal) -> str:
    """Name of the model that delivers a proposed feed."""
    return f"int_{source}_{proposal.feed}_mapped"


def _description(source: str, entities: list[Found], needed: Mapping[str, str]) -> str:
    lines = [
        f"# What {source} delivers, as `rapport source add` found it. It is yours: correct what it",
        "# could not know (docs/company-folder.md explains every line). The source is announced",
        "# once all that is `required` is loaded: see that it is what you cannot do without.",
        "entities:",
    ]
    for one in entities:
        lines.append(f"  {flow(one.entity.name)}:")
        if one.trouble:
            lines.append(f"    # No row could be looked at: {' '.join(one.trouble.split())[:120]}")
        if not one.spec.get("key"):
            lines.append("    # No key was found: rows are told apart by all their columns.")
        if "table" in one.entity.fetch and not one.entity.cursor:
            lines.append("    # No cursor was found: the whole table is fetched for each interval.")
        if is_whole(one.entity) and not one.entity.key:
            lines.append("    # So the latest delivery counts, and no history is kept.")
        if one.entity.cursor and one.entity.key:
            lines.append("    # Rows deleted at the source stay here, unless you add")
            lines.append("    # `deletes: compare`, which lists all keys there for each interval.")
        why_of = dict(one.why)
        settings = {**one.spec, "gate": f"raw_{source}.{one.entity.name}"}
        if one.entity.name in needed:
            settings["required"] = True
            why_of["required"] = needed[one.entity.name]
        for key, value in settings.items():
            if key != "columns" and value not in (None, [], {}):
                why = f"  # {why_of[key]}" if key in why_of else ""
                lines.append(f"    {key}: {flow(value)}{why}")
        lines.append("    columns:")
        for name, column in one.spec["columns"].items():
            is_plain = set(column) == {"type"}
            lines.append(f"      {flow(name)}: {flow(column['type'] if is_plain else column)}")
    return "\n".join(lines) + "\n"


def _sources(source: str, entities: list[Found]) -> str:
    lines = [
        "sources:",
        f"  - name: {source}",
        f"    description: What {source} delivers, as landed; see sources/{source}.yml.",
        "    schema: raw",
        "    tables:",
    ]
    for one in entities:
        name = one.entity.name
        lines += [f"      - name: {flow(name)}", f"        identifier: {source}__{name}"]
    return "\n".join(lines) + "\n"


def _staging_sql(source: str, one: Found) -> str:
    entity = one.entity
    landed = f"source('{source}', '{entity.name}')"
    if entity.key:
        version = f", '{entity.version_by}'" if entity.version_by else ""
        keys = ", ".join(f"'{key}'" for key in entity.key)
        called = f"latest_version({landed}, [{keys}]{version})"
        if len(called) > _LINE:
            called = f"latest_version(\n        {landed}, [{keys}]{version}\n    )"
        rows = f"    select * from {{{{ {called} }}}} as versions"
    elif is_whole(entity):
        rows = f"    select * from {{{{ latest_delivery({landed}) }}}} as deliveries"
    else:
        rows = f"    select * from {{{{ {landed} }}}}"
    columns = [
        f"    {{{{ clean_text('{name}') }}}} as {name}" if column.type == "text" else f"    {name}"
        for name, column in entity.columns.items()
    ]
    where = _happened(one)
    return (
        f"with\n\nlatest as (\n{rows}\n)\n\nselect\n"
        + ",\n".join(columns)
        + f"\nfrom latest\n{where}"
    )


def _happened(one: Found) -> str:
    """Facts of the time after the as-of have not happened yet."""
    column = one.entity.columns.get(one.entity.event_time or "")
    if column is None or column.type not in ("date", "timestamp"):
        return ""
    bound = "as_of_date()" if column.type == "date" else "as_of()"
    return f"where coalesce({one.entity.event_time} < {{{{ {bound} }}}}, true)\n"


def _staging_yml(source: str, one: Found) -> str:
    name, key = one.entity.name, one.entity.key
    of_what = f"with its own {' and '.join(key)}" if key else "as it was delivered"
    latest = ", in its latest version before the as-of" if key else ""
    if is_whole(one.entity) and not key:
        latest = " last before the as-of"
    lines = [
        "models:",
        f"  - name: stg_{source}__{name}",
        f"    description: One row of {name} of {source} {of_what}{latest}.",
    ]
    lines += _key_test(key)
    lines.append("    columns:")
    for column, spec in one.spec["columns"].items():
        at_source = spec.get("path", column)
        about = "Key; " if column in key else ""
        about += f"{at_source} of the source, as {spec['type']}."
        lines += [f"      - name: {flow(column)}", f"        description: {flow(about)}"]
        if key == [column]:
            lines.append("        data_tests: [is_key]")
    return "\n".join(lines) + "\n"


def _key_test(key: Iterable[str]) -> list[str]:
    """The test that no two rows share several key columns."""
    columns = list(key)
    if len(columns) < 2:
        return []
    return [
        "    data_tests:",
        "      - unique_key:",
        "          arguments:",
        f"            columns: {flow(columns)}",
    ]


def _unit_tests(source: str, entities: list[Found]) -> str:
    lines = [
        "# Made-up rows in the shape of the source's. Run them after a build:",
        f"# rapport dbt test --select test_type:unit,staging.{source}",
        "unit_tests:",
    ]
    for one in entities:
        given, expected = _made_up_rows(one)
        latest = "rows_come_through"
        if one.entity.key:
            latest = "the_latest_version_counts"
        elif is_whole(one.entity):
            latest = "the_latest_delivery_counts"
        lines += [
            f"  - name: {source}_{one.entity.name}_{latest}",
            f"    model: stg_{source}__{one.entity.name}",
            "    overrides:",
            '      vars: {as_of: "2024-03-01 00:00:00"}',
            "    given:",
            f"      - input: source('{source}', '{one.entity.name}')",
            "        rows:",
            *(f"          - {flow(row)}" for row in given),
            "    expect:",
            "      rows:",
            f"        - {flow(expected)}",
        ]
    return "\n".join(lines) + "\n"


def _made_up_rows(one: Found) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Two versions or deliveries, the later of which counts and comes out without its blanks."""
    entity = one.entity
    row = {
        name: _MADE_UP[column.type]
        for name, column in entity.columns.items()
        if name != entity.deleted_by
    }
    row |= {key: "K1" for key in entity.key if entity.columns[key].type == "text"}
    later = {**row, "_interval_end": "2024-02-01 00:00:00", "_row_number": 1}
    if entity.version_by and entity.version_by not in entity.key:
        later[entity.version_by] = "2024-01-31" + " 00:00:00" * (
            entity.columns[entity.version_by].type == "timestamp"
        )
    earlier = {
        name: "earlier" if value == _MADE_UP["text"] and name not in entity.key else value
        for name, value in row.items()
    }
    earlier |= {"_interval_end": "2024-01-02 00:00:00", "_row_number": 1}
    expected = {
        name: value.strip() if isinstance(value, str) else value
        for name, value in later.items()
        if name in entity.columns
    }
    return ([earlier, later] if entity.key or is_whole(entity) else [later]), expected


def _feed_sql(source: str, proposal: Proposal) -> str:
    rows = []
    for column, value in proposal.columns.items():
        call = value.removeprefix("{{ ").removesuffix(" }}") if value.startswith("{{") else None
        quoted = f'"{value}"'
        rows.append(f"        '{column}': {call or quoted},")
    notes = [
        "Written by `rapport source add` from the names of the columns: see that it is right.",
        *(f"Assumed: {assumed}." for assumed in proposal.assumed),
        *(f"Missing: {missing}." for missing in proposal.missing),
    ]
    return "\n".join(
        [
            *(f"-- {note}" for note in notes),
            "with\n",
            "staged as (",
            f"    select * from {{{{ ref('stg_{source}__{proposal.entity}') }}}}",
            ")\n",
            "select",
            f"    {{{{ feed_row('{proposal.feed}', {{",
            *rows,
            "    }) }}",
            "from staged\n",
        ]
    )


def _feed_yml(source: str, proposal: Proposal) -> str:
    keys = proposal.key
    lines = [
        "models:",
        f"  - name: {model_of(source, proposal)}",
        f"    description: Feed {proposal.feed}, one row a row of stg_{source}__{proposal.entity}.",
        *_key_test(keys),
    ]
    if len(keys) == 1:
        lines += [
            "    columns:",
            f"      - name: {keys[0]}",
            f"        description: {keys[0].removeprefix('source_')} as {source} has it.",
            "        data_tests: [is_key]",
        ]
    return "\n".join(lines) + "\n"
