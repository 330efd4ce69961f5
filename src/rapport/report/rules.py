"""Sentences that a report declares: a condition and values, both small expressions over rows.

The expressions are those of the templates, in Jinja's sandbox: `rows | sum(attribute="amount") |
money`. They see `rows`, `first` (the first row), `n` (how many there are) and `kpi("net_revenue")`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, get_args

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from rapport.errors import RapportError
from rapport.report.declaration import Declaration
from rapport.report.formats import NULL, Formats
from rapport.report.parts import Format, Sentence
from rapport.report.speaker import Speaker

FORMATS: tuple[str, ...] = get_args(Format)


def written(formats: Formats, form: str, value: Any) -> str:
    """A value of a row as text, an en dash where there is none."""
    if value is None:
        return NULL
    makers: dict[str, Callable[[Any], str]] = {
        "text": str,
        "word": str,
        "count": formats.count,
        "money": lambda v: formats.money(float(v)),
        "compact": lambda v: formats.money(float(v), compact=True),
        "share": lambda v: formats.share(float(v)),
        "number": lambda v: formats.value("ratio", float(v)),
        "date": formats.day,
        "moment": formats.moment,
        "month": formats.month,
        "short_month": formats.month_name,
        "days": lambda v: formats.value("days", float(v)),
        "hours": lambda v: formats.duration(float(v)),
    }
    return makers[form](value)


def said(say: Speaker, sentence: Sentence, key: str) -> str:
    """The sentence with its values, empty when its condition does not hold.

    Args:
        key: where it stands in `report.yml`, for messages.

    Raises:
        RapportError: `report-expression` naming file and key.
        Unsliced: when its query cannot be cut to the readers' rows.
    """
    if not evaluate(say, sentence, sentence.when, f"{key}.when"):
        return ""
    return spoken(say, sentence, sentence.say, sentence.many, key)


def spoken(say: Speaker, sentence: Sentence, one: str, other: str, key: str) -> str:
    """One of the sentence's messages with the sentence's values."""
    values = {
        name: _text(evaluate(say, sentence, text, f"{key}.values.{name}"))
        for name, text in sentence.values.items()
    }
    if not other:
        return say.t(one, **values)
    count = evaluate(say, sentence, sentence.count, f"{key}.count")
    return say.t.many(one, other, float(count or 0), **values)


def evaluate(say: Speaker, sentence: Sentence, text: str, key: str) -> Any:
    """The value of an expression over the rows of the sentence's query."""
    rows = say.figures.queries(sentence.query) if sentence.query else []
    where = say.declaration.folder / "report.yml"
    try:
        return compiled(text)(
            rows=rows, first=rows[0] if rows else {}, n=len(rows), kpi=say.figures.kpi,
            formats=say.formats, period=say.period(),
        )  # fmt: skip
    except (jinja2.TemplateError, TypeError, ValueError, ArithmeticError) as error:
        raise RapportError(
            "report-expression",
            f"The expression {text!r} has no value: {error}",
            f"{where}, {key}",
            "mend the expression; docs/reports.md lists what it may use",
        ) from None


@lru_cache(maxsize=512)
def compiled(text: str) -> Callable[..., Any]:
    """An expression ready to be evaluated; raises jinja2.TemplateSyntaxError when it is none."""
    found: Callable[..., Any] = _environment().compile_expression(text, undefined_to_none=False)
    return found


def expressions(declaration: Declaration) -> Iterable[tuple[str, str]]:
    """All expressions of a report with the keys where they stand."""
    for key, sentence in sentences(declaration):
        yield f"{key}.when", sentence.when
        yield f"{key}.count", sentence.count
        for name, text in sentence.values.items():
            yield f"{key}.values.{name}", text


def sentences(declaration: Declaration) -> Iterable[tuple[str, Sentence]]:
    """All sentences of a report with the keys where they stand."""
    for place, sentence in enumerate(declaration.subject):
        yield f"subject.{place}", sentence
    for section in declaration.sections:
        for place, sentence in enumerate(getattr(section, "rules", ())):
            yield f"sections.{section.name}.rules.{place}", sentence
        if section.kind == "chart":
            yield f"sections.{section.name}.alt", section.alt


@lru_cache(maxsize=1)
def _environment() -> ImmutableSandboxedEnvironment:
    environment = ImmutableSandboxedEnvironment(undefined=jinja2.StrictUndefined)

    def maker(form: str) -> Callable[..., str]:
        @jinja2.pass_context
        def make(context: jinja2.runtime.Context, value: Any) -> str:
            return written(context["formats"], form, value)

        return make

    environment.filters |= {form: maker(form) for form in FORMATS}
    return environment


def _text(value: Any) -> str:
    if isinstance(value, jinja2.Undefined):
        str(value)  # a strict one says what is missing
    return NULL if value is None else str(value)
