"""The archive: every issue as it was sent, to be browsed from the disk without a server.

`<archive>/<report>/<period>/publication-<id>/<edition>/` holds `index.html` with its pictures,
`report.txt`, the attachments, `figures.json` (what the templates printed), `mail.json` (what mails
are made of) and `issue.json` (what the lists of issues tell). An edition is the form that readers
of one language, part and choice share. An earlier Rapport kept one form of each issue, without a
folder of its own; such issues are listed and can be sent again.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
from dataclasses import asdict
from datetime import datetime
from pathlib import Path
from typing import Any

import jinja2

from rapport.errors import RapportError
from rapport.report.edition import Edition
from rapport.report.render import Attachment, Rendered

NAV, NAV_END = "<!--nav-->", "<!--/nav-->"  # between them stand the links to other issues


def place_of(report: str, period: str, publication_id: int, edition_key: str) -> str:
    """Address of an edition's page within the archive."""
    return f"{report}/{period}/publication-{publication_id}/{edition_key}/index.html"


def folder(archive: Path, report: str, period: str, publication_id: int, edition_key: str) -> Path:
    """Where one edition of an issue stands."""
    return archive / Path(place_of(report, period, publication_id, edition_key)).parent


def keep(archive: Path, templates: Path, rendered: Rendered) -> Path:
    """Write an edition whole or not at all, replacing one of the same publication, and link it
    with the issues before and after. `renew` lists it.

    Args:
        templates: `reports/`, which holds the templates of the archive's own pages.

    Returns:
        the edition's folder.
    """
    view = rendered.view
    target = folder(
        archive, rendered.report, view["period"]["key"], view["publication_id"],
        rendered.edition.key,
    )  # fmt: skip
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=target.parent))
    draft.chmod(0o755)
    page = rendered.html
    for name, picture in rendered.pictures.items():
        (draft / f"{name}.png").write_bytes(picture)
        page = page.replace(f'"cid:{name}"', f'"{name}.png"')
    page = re.sub(r"(<body[^>]*>)", rf"\1{NAV}{NAV_END}", page, count=1)
    (draft / "index.html").write_text(page, encoding="utf-8")
    (draft / "report.txt").write_text(rendered.text, encoding="utf-8")
    for attached in rendered.attachments:
        (draft / attached.filename).write_bytes(attached.content)
    mail = {
        "subject": rendered.subject,
        "html": rendered.html,
        "text": rendered.text,
        "pictures": list(rendered.pictures),
        "attachments": [[a.filename, a.content_type] for a in rendered.attachments],
        "edition": asdict(rendered.edition),
    }
    for name, content in (("figures", view), ("mail", mail), ("issue", _entry(view))):
        text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
        (draft / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    if target.exists():
        shutil.rmtree(target)
    os.replace(draft, target)
    _link(archive, templates, rendered.report, rendered.edition.key, view["period"]["key"])
    return target


def load(
    archive: Path, report: str, period: str, publication_id: int, edition_key: str
) -> Rendered:
    """An edition out of the archive, to send exactly the same to one more person.

    Raises:
        RapportError: `archive-missing` when it was deleted.
    """
    place = folder(archive, report, period, publication_id, edition_key)
    try:
        mail = json.loads((place / "mail.json").read_text(encoding="utf-8"))
        view = json.loads((place / "figures.json").read_text(encoding="utf-8"))
        pictures = {name: (place / f"{name}.png").read_bytes() for name in mail["pictures"]}
        attachments = tuple(
            Attachment(name, kind, (place / name).read_bytes())
            for name, kind in mail.get("attachments", ())
        )
        told = mail.get("edition")
        edition = Edition.read(told) if told else Edition(view["language"], "")
    except (OSError, ValueError, KeyError) as error:
        raise RapportError(
            "archive-missing",
            f"The archive does not hold this issue: {error}",
            str(place),
            "restore the archive folder from its backup",
        ) from None
    return Rendered(
        report, mail["subject"], mail["html"], mail["text"], pictures, view, edition, attachments
    )


def last_issue(archive: Path, report: str, before: str) -> datetime | None:
    """As-of of the last issue of an earlier period, None where the archive has none.

    Args:
        before: key of a period; its own issues do not count.
    """
    found = [place for place in _places(archive, report) if place[0] < before]
    if not found:
        return None
    return datetime.fromisoformat(_read(max(found)[-1])["as_of_utc"])


def renew(archive: Path, templates: Path, report: str) -> None:
    """Write the page that lists a report's issues, and the one that lists the reports.

    Args:
        templates: as for `keep`.
    """
    page = _templates(templates).get_template("archive.html.j2")
    folders = [path.name for path in sorted(archive.iterdir()) if path.is_dir()]
    latest = [max(places) for name in folders if (places := _listed(archive, name))]
    for file, found in (
        (archive / report / "index.html", sorted(_listed(archive, report), reverse=True)),
        (archive / "index.html", latest),
    ):
        issues = [
            {**_read(place[-1]), "place": place[-1].parent.relative_to(file.parent).as_posix()}
            for place in found
        ]
        _replace(file, page.render(issues=issues, is_of_all=file.parent == archive))


def _places(archive: Path, report: str, edition: str = "*") -> list[tuple[str, int, str, Path]]:
    """Period, publication, edition and `issue.json` of what is kept; no file is read."""
    return [
        (file.parts[-4], int(file.parts[-3].rpartition("-")[2]), file.parts[-2], file)
        for file in (archive / report).glob(f"*/publication-*/{edition}/issue.json")
    ]


def _listed(archive: Path, report: str) -> list[tuple[str, int, str, Path]]:
    """The same with the issues of an earlier Rapport, by their `figures.json`."""
    return _places(archive, report) + [
        (file.parts[-3], int(file.parts[-2].rpartition("-")[2]), "", file)
        for file in (archive / report).glob("*/publication-*/figures.json")
    ]


def _entry(view: dict[str, Any]) -> dict[str, Any]:
    """What the lists tell of an issue."""
    told = ("report", "language", "subject", "as_of", "publication")
    of_this = {name: view.get(name, "") for name in ("title", "scope", "as_of_utc")}
    return {**{name: view[name] for name in told}, **of_this, "period": view["period"]["label"]}


def _read(file: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    return found if file.name == "issue.json" else _entry(found)


def _templates(folder: Path) -> jinja2.Environment:
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(folder / "shared"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _link(archive: Path, templates: Path, report: str, edition: str, key: str) -> None:
    """Link an edition's page and its neighbours' to the periods before and after them; of several
    publications of a period the latest counts."""
    found = sorted(_places(archive, report, edition))
    latest = {period: file.parent for period, _, _, file in found}
    line = [None, *(latest[period] for period in sorted(latest)), None]
    template = _templates(templates).get_template("archive_nav.html.j2")
    at = line.index(latest[key])
    for place in range(max(at - 1, 1), min(at + 2, len(line) - 1)):
        own = line[place]
        assert own is not None
        nav = template.render(
            up="../" * len(own.relative_to(archive / report).parts),
            previous=_neighbour(line[place - 1], archive / report),
            next=_neighbour(line[place + 1], archive / report),
        )
        for file in own.parents[1].glob(f"publication-*/{edition}/index.html"):
            old = file.read_text(encoding="utf-8")
            before, _, rest = old.partition(NAV)
            new = f"{before}{NAV}{nav}{NAV_END}{rest.partition(NAV_END)[2]}"
            if new != old:
                _replace(file, new)


def _neighbour(place: Path | None, root: Path) -> dict[str, str] | None:
    if place is None:
        return None
    period = _read(place / "issue.json")["period"]
    return {"place": place.relative_to(root).as_posix(), "period": period}


def _replace(file: Path, content: str) -> None:
    number, draft = tempfile.mkstemp(prefix=f".{file.name}-", dir=file.parent)
    with os.fdopen(number, "w", encoding="utf-8") as opened:
        opened.write(content)
    os.chmod(draft, 0o644)
    os.replace(draft, file)
