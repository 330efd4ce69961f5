"""Scaffold a source in the company folder: nothing is asked that can be found out."""

from __future__ import annotations

import os
import re
import shutil
import tempfile
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from rapport import connectors, names, settings
from rapport.company import Source
from rapport.errors import RapportError
from rapport.settings import Settings
from rapport.sources import companyfile, facts, feeds, gatefile, reads, scaffold, systems
from rapport.sources.facts import Found
from rapport.sources.feeds import Proposal
from rapport.systems import connection_options, has_several, known_systems, shipped_entities

_NAME = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
_KIND_OF_FEED = {
    "orders": "erp",
    "order_lines": "erp",
    "marketing_spend": "spend",
    "parties": "crm",
    "deals": "crm",
    "tickets": "crm",
}


def add(
    loaded: Settings,
    name: str,
    system: str,
    kind: str | None = None,
    options: Mapping[str, str] | None = None,
    entities: Iterable[str] = (),
    deliver: bool = False,
) -> dict[str, Any]:
    """Describe a source in the company folder, with staging, gates and tests where none ship.

    Nothing is written unless all of it can be, and no file that is there is touched but
    company.yml, which gets one block and the lines of its feeds.

    Args:
        options: of the connection; a secret as `env:NAME` only.
        entities: those wanted; default all that can be reached.
        deliver: put the models of complete proposals under `feeds` at once.

    Returns:
        what was written, what is to be set, proposed and looked at.

    Raises:
        RapportError: `source-exists`, `source-arguments`, `entity-unknown`, or, for a system that
            does not ship, why it cannot be reached; for one that does, that none of it can be read.
    """
    block = _block(loaded, name, system, kind, options or {})
    source = Source(name=name, **{**block, "kind": block["kind"] or "touchpoints", "entities": {}})
    wanted, notes = list(entities), list[str]()
    found, proposals = list[Found](), list[Proposal]()
    if shipped := shipped_entities(system):
        reached, notes = _reached(loaded, source.model_copy(update={"entities": shipped}))
        block["entities"] = _chosen(name, wanted, reached, list(shipped))
        if not block["entities"]:
            raise _wrong(
                f"Not one entity of {name} can be read: {notes[0]}",
                "mend that and add the source again, or name with --entities what is to come",
            )
        lines = _delivered(loaded, system, block["entities"])
        unread = sorted(systems.feeds(system).keys() - lines)
        notes += [f"the feed {feed} is left out, for entities that it reads are" for feed in unread]
        written: dict[str, str] = {}
    else:
        found = _looked_at(loaded, source, wanted)
        block["kind"] = block["kind"] or _guessed_kind(name, found)
        if kind is None and block["kind"] not in name.split("_"):
            notes.append(f"the kind {block['kind']} is a guess; correct it in company.yml")
        notes += [note for one in found for note in facts.numbered(one)]
        currency = loaded.company.reporting_currency
        proposals = feeds.propose(name, block["kind"], currency, found)
        complete = [proposal for proposal in proposals if proposal.is_complete]
        lines = {p.feed: scaffold.model_of(name, p) for p in complete if deliver}
        block["entities"] = [one.entity.name for one in found]
        written = scaffold.files(name, found, complete)
        written[f"expectations/raw_{name}.py"] = gatefile.module(name, found)
    block["required"] = block["kind"] in ("crm", "erp")
    company = loaded.company_dir / "company.yml"
    text = companyfile.with_source(company.read_text(encoding="utf-8"), name, block, lines)
    _write(loaded, name, {**written, "company.yml": text})
    return {
        "source": name,
        "system": system,
        "kind": block["kind"],
        "entities": block["entities"],
        "files": ["company.yml", *sorted(written)],
        "secrets": _secrets(loaded, block["connection"]),
        "feeds": lines,
        "proposals": [_told(name, proposal, proposal.feed in lines) for proposal in proposals],
        "notes": [*notes, *(f"{one.entity.name}: {one.trouble}" for one in found if one.trouble)],
    }


def _block(
    loaded: Settings, name: str, system: str, kind: str | None, options: Mapping[str, str]
) -> dict[str, Any]:
    """What stands under `sources.<name>`, but for the entities."""
    company = str(loaded.company_dir / "company.yml")
    taken = loaded.company.sources
    twin = next((one.name for one in taken.values() if one.system == system), None)
    if name in taken:
        raise RapportError(
            "source-exists",
            f"{loaded.company.name} has a source called {name} already",
            company,
            "choose another name, or take that source out of company.yml first",
        )
    if system not in known_systems() or (kind and kind not in systems.KINDS):
        raise _wrong(
            f"There is no system {system!r} of kind {kind or 'any'}",
            f"systems: {', '.join(known_systems())}; kinds: {', '.join(systems.KINDS)}",
        )
    if twin and shipped_entities(system) and not has_several(system):
        raise RapportError(
            "source-exists",
            f"{loaded.company.name} has a source of {system} already, {twin}: the models that "
            "ship read one",
            company,
            "describe the second one as `sql` or `files`",
        )
    if not _NAME.fullmatch(name) or name in {*known_systems(), "rapport"} - {system}:
        raise _wrong(
            f"{name!r} cannot be the name of a source",
            "use small letters, digits and single underscores, and no other system's name",
        )
    wants = systems.connection(system)
    default = {
        one: f"env:{f'{loaded.company.slug}_{name}_{one}'.upper()}"
        for one in wants
        if not (one in systems.PLACES and systems.PLACES & set(options))
    }
    if unknown := sorted(set(options) - set(connection_options(system))):
        raise _wrong(
            f"A connection to {system} has no option {unknown[0]!r}",
            f"with --set use one of: {', '.join(connection_options(system))}",
        )
    connection = {**default, **options}
    for option, value in connection.items():
        if systems.is_secret(system, option, value):
            raise _wrong(
                f"The option {option} holds a secret, which all who may read the folder would read",
                f"put it into an environment variable and write --set {option}=env:NAME",
            )
    return {
        "system": system,
        "kind": kind or systems.kind(system),
        "required": False,
        "connection": connection,
        "entities": [],
    }


def _wrong(what: str, todo: str) -> RapportError:
    return RapportError("source-arguments", what, "rapport source add", todo)


def _reached(loaded: Settings, source: Source) -> tuple[list[str], list[str]]:
    """Which entities of a known system the connection may read, and what stood in the way."""
    every = list(source.entities)
    try:
        findings = list(connectors.of(source).check(loaded.connection(source), source))
    except RapportError as error:
        return every, [f"not reached, so all entities that ship are written: {error.what}"]
    failed = [one for one in findings if not one.is_ok and not one.is_warning]
    if whole := [one for one in failed if one.subject in ("address", "credentials")]:
        return every, [f"not reached, so all entities that ship are written: {whole[0].says}"]
    open_ = {one.place for one in findings if one.is_ok and one.subject == "entity"}
    shut = {
        one.place: one.says
        for one in findings
        if not one.is_ok and one.place in every and one.place not in open_
    }
    notes = [f"{entity} is left out: {says}" for entity, says in shut.items()]
    return [entity for entity in every if entity not in shut], notes


def _chosen(source: str, wanted: list[str], reached: list[str], there: list[str]) -> list[str]:
    for name in wanted:
        if name not in there:
            raise RapportError(
                "entity-unknown",
                f"The source {source} has no entity {name!r}",
                "rapport source add --entities",
                f"use one of: {', '.join(there)}",
            )
    return wanted or reached


def _delivered(loaded: Settings, system: str, chosen: list[str]) -> dict[str, str]:
    """Feed -> shipped model, where at least half of the entities that the model reads are there.

    Of these all that are required must be: deals without deals are not a feed.
    """
    read = reads.entities(reads.model_files(loaded.project_dir / "dbt_project"))
    shipped = shipped_entities(system)
    lines = {}
    for feed, model in systems.feeds(system).items():
        wanted = {entity for source, entity in read.get(model, ()) if source == system}
        there = wanted & set(chosen)
        missing = wanted - there
        if len(there) >= len(missing) and not any(shipped[entity].required for entity in missing):
            lines[feed] = model
    return lines


def _looked_at(loaded: Settings, source: Source, wanted: list[str]) -> list[Found]:
    """The entities found at a source that does not ship, completed by looking at their rows."""
    everything = connectors.of(source).discover(loaded.connection(source))
    discovered = {name: spec for name, spec in everything.items() if spec.get("columns")}
    if not discovered:
        raise _wrong(
            f"Nothing was found that could be an entity of {source.name}",
            "look at the connection: the folder or the database is empty, or may not be read",
        )
    called: dict[str, dict[str, Any]] = {}
    for name, spec in discovered.items():
        called[names.free(name, called)] = spec
    chosen = _chosen(source.name, wanted, list(called), list(called))
    return [facts.look(loaded, source, name, called[name]) for name in chosen]


def _guessed_kind(name: str, found: list[Found]) -> str:
    """What the name says, else what the entities could deliver."""
    for kind in systems.KINDS:
        if kind in name.split("_"):
            return kind
    could = [proposal.feed for proposal in feeds.propose(name, "crm", "EUR", found)]
    return next((kind for feed, kind in _KIND_OF_FEED.items() if feed in could), "touchpoints")


def _secrets(loaded: Settings, connection: Mapping[str, str]) -> list[dict[str, Any]]:
    """The environment variables that the connection reads; never their values."""
    names = [value[4:] for value in connection.values() if value.startswith("env:")]
    return [{"name": name, "is_set": bool(loaded.environ.get(name))} for name in names]


def _told(source: str, proposal: Proposal, is_delivered: bool) -> dict[str, Any]:
    return {
        "feed": proposal.feed,
        "entity": proposal.entity,
        "model": scaffold.model_of(source, proposal) if proposal.is_complete else None,
        "columns": sorted(proposal.columns),
        "missing": list(proposal.missing),
        "assumed": list(proposal.assumed),
        "delivered": is_delivered,
    }


def _write(loaded: Settings, name: str, files: Mapping[str, str]) -> None:
    """Try the files in a copy of the folder, then put them in place, company.yml last."""
    folder = loaded.company_dir
    blocked = [path for path in files if path != "company.yml" and (folder / path).exists()]
    if blocked:
        raise RapportError(
            "source-exists",
            f"The company folder holds {blocked[0]} already",
            str(folder / blocked[0]),
            f"another source called {name} was here: remove its files, or choose another name",
        )
    with tempfile.TemporaryDirectory(prefix="rapport-add-") as scratch:
        trial = Path(scratch) / folder.name
        shutil.copytree(folder, trial, ignore=shutil.ignore_patterns(".git", "target", "logs"))
        _put(trial, files)
        settings.load(trial, loaded.environ)  # says what is wrong before anything is in place
    made = [path for path in files if path != "company.yml"]
    try:
        _put(folder, {path: files[path] for path in made})
        _put(folder, {"company.yml": files["company.yml"]})
    except OSError:
        for path in made:
            (folder / path).unlink(missing_ok=True)
        raise


def _put(folder: Path, files: Mapping[str, str]) -> None:
    for path, content in files.items():
        target = folder / path
        target.parent.mkdir(parents=True, exist_ok=True)
        partial = target.with_name(f".{target.name}.{os.getpid()}.partial")
        partial.write_text(content, encoding="utf-8")
        os.replace(partial, target)
