"""Is a source as it should be: settings, connection, entities and fields, models and gates."""

from __future__ import annotations

from collections.abc import Iterator

from rapport import connectors
from rapport.company import Source
from rapport.connectors.finding import Finding
from rapport.errors import RapportError
from rapport.gates import suites
from rapport.settings import Settings
from rapport.sources import reads, systems
from rapport.sources.facts import is_whole
from rapport.systems import shipped_entities


def check(settings: Settings, name: str) -> Iterator[Finding]:
    """Look at one source, from the settings to the models that read it.

    Nothing of the data is shown, and of a secret only the name of its variable.

    Yields:
        what was found; where a variable is not set the connection is not tried.

    Raises:
        RapportError: `source-unknown`.
    """
    source = settings.source(name)
    settled = list(_settings(settings, source))
    yield from settled
    if all(finding.is_ok or finding.is_warning for finding in settled):
        try:
            yield from connectors.of(source).check(settings.connection(source), source)
        except RapportError as error:
            yield Finding("address", name, False, error.what, error.todo)
    yield from _history(source)
    yield from _gates(settings, source)
    yield from _feeds(settings, source)


def _settings(settings: Settings, source: Source) -> Iterator[Finding]:
    wanted = systems.connection(source.system)
    for option in wanted:
        # Of files or a database; some systems can be read from either.
        is_elsewhere = option in systems.PLACES and systems.PLACES & source.connection.keys()
        if option not in source.connection and not is_elsewhere:
            yield Finding(
                "settings",
                option,
                False,
                f"The connection lacks {option} ({wanted[option]})",
                f"add `{option}:` to sources.{source.name}.connection in company.yml",
            )
    for option, value in source.connection.items():
        if systems.is_secret(source.system, option, str(value)):
            yield Finding(
                "settings",
                option,
                False,
                f"{option} stands in company.yml itself, where all who may read the folder read it",
                f"put it into an environment variable and write `{option}: env:NAME`",
                is_warning=True,
            )
        if not str(value).startswith("env:"):
            continue
        variable = str(value)[4:]
        is_set = bool(settings.environ.get(variable))
        yield Finding(
            "settings",
            variable,
            is_set,
            f"{variable} is {'set' if is_set else 'not set'} ({option} of the connection)",
            "" if is_set else f"set {variable} in the environment of this process, and of Airflow",
        )
    if not source.entities:
        yield Finding(
            "settings",
            "entities",
            False,
            "The source has no entities, so nothing would be fetched",
            f"name some under sources.{source.name}.entities in company.yml",
        )


def _history(source: Source) -> Iterator[Finding]:
    """Of an entity without key that is delivered whole, only the latest delivery counts."""
    for entity in source.entities.values():
        if is_whole(entity) and not entity.key:
            yield Finding(
                "entity",
                entity.name,
                False,
                "It is delivered whole and its rows have no key, so it keeps no history: only the "
                "latest delivery before the as-of counts",
                "give it a `key`, if there is one, and `deletes: compare`",
                is_warning=True,
            )


def _gates(settings: Settings, source: Source) -> Iterator[Finding]:
    """The gate modules are read, not run: importing the gate's library takes seconds."""
    for entity in source.entities.values():
        if entity.gate is None:
            yield Finding(
                "gate",
                entity.name,
                False,
                "The entity has no gate: only its types and keys are looked at",
                f"add `gate: raw_{source.name}.{entity.name}` and that function",
                is_warning=True,
            )
            continue
        try:
            path, function = suites.module_path(settings, entity.gate)
            is_there = function in suites.functions(path)
        except RapportError as error:
            yield Finding("gate", entity.gate, False, error.what, error.todo)
            continue
        yield Finding(
            "gate",
            entity.gate,
            is_there,
            "The gate is there" if is_there else f"{path.name} has no function {function}()",
            "" if is_there else f"add `def {function}() -> gx.ExpectationSuite` to it",
        )


def _feeds(settings: Settings, source: Source) -> Iterator[Finding]:
    """Models under `feeds` are there, and some of them reads this source."""
    files = reads.model_files(settings.project_dir / "dbt_project", settings.company_dir)
    named = {model: feed for feed, models in settings.company.feeds.items() for model in models}
    for model, feed in named.items():
        if model not in files:
            yield Finding(
                "feed",
                feed,
                False,
                f"There is no model {model}, which is named under `feeds`",
                f"write models/.../{model}.sql in the company folder, or take the line out",
            )
    called = source.system if shipped_entities(source.system) else source.name
    read = reads.entities(files)
    # Of a shipped model it is known what it delivers, also where it puts names together.
    ours = set(systems.feeds(source.system).values())
    ours |= {model for model, found in read.items() if any(name == called for name, _ in found)}
    delivered = sorted({feed for model, feed in named.items() if model in ours})
    yield Finding(
        "feed",
        "",
        bool(delivered),
        f"Delivers {', '.join(delivered)}"
        if delivered
        else "No model of it is named under `feeds`",
        "" if delivered else "nothing of it reaches the marts until company.yml names one",
        is_warning=True,
    )
