"""The archive: every issue as it was sent, to be browsed from the disk without a server.

`<archive>/<report>/<period>/publication-<id>/<edition>/` holds `index.html` with its pictures,
`report.txt`, the attachments, `figures.json` (what the templates printed) and `mail.json` (what
mails are made of). An edition is the form that readers of one language, part and choice share.
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

import jinja2

from rapport.errors import RapportError
from rapport.report.edition import Edition
from rapport.report.render import Attachment, Rendered


def place_of(report: str, period: str, publication_id: int, edition_key: str) -> str:
    """Address of an edition's page within the archive."""
    return f"{report}/{period}/publication-{publication_id}/{edition_key}/index.html"


def folder(archive: Path, report: str, period: str, publication_id: int, edition_key: str) -> Path:
    """Where one edition of an issue stands."""
    return archive / Path(place_of(report, period, publication_id, edition_key)).parent


def keep(archive: Path, templates: Path, rendered: Rendered) -> Path:
    """Write an edition whole or not at all, replacing one of the same publication; renew the index.

    Args:
        templates: `reports/`, which holds the index's template.

    Returns:
        the issue's folder.
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
    page = re.sub(r"(<body[^>]*>)", r"\1<!--nav--><!--/nav-->", page, count=1)
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
    for name, content in (("figures", view), ("mail", mail)):
        text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
        (draft / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    if target.exists():
        shutil.rmtree(target)
    os.replace(draft, target)
    _index(archive, templates)
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
            for name, kind in mail["attachments"]
        )
        edition = Edition.read(mail["edition"])
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
    found = {}
    for file in (archive / report).glob("*/publication-*/*/figures.json"):
        if file.parts[-4] < before:
            view = json.loads(file.read_text(encoding="utf-8"))
            found[(file.parts[-4], view["publication_id"])] = view["as_of_utc"]
    return datetime.fromisoformat(found[max(found)]) if found else None


def _index(archive: Path, templates: Path) -> None:
    """Write `index.html`: all issues by report, the latest period first; link neighbours."""
    reports: dict[str, list[dict[str, str]]] = {}
    for file in archive.glob("*/*/publication-*/*/figures.json"):
        view = json.loads(file.read_text(encoding="utf-8"))
        place = file.parent.relative_to(archive).as_posix()
        reports.setdefault(view["report"], []).append(
            {
                "company": view["company"]["name"],
                "title": view["title"],
                "language": view["language"],
                "scope": view["scope"],
                "key": view["period"]["key"],
                "period": view["period"]["label"],
                "subject": view["subject"],
                "as_of": view["as_of"],
                "publication": view["publication"],
                "number": f"{view['publication_id']:012d}",
                "edition": file.parent.name,
                "place": place,
            }
        )
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates / "shared"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    for issues in reports.values():
        issues.sort(
            key=lambda issue: (issue["key"], issue["number"], issue["edition"]), reverse=True
        )
        _link(archive, issues, environment.get_template("archive_nav.html.j2"))
    page = environment.get_template("archive.html.j2").render(reports=sorted(reports.items()))
    _replace(archive / "index.html", page)


def _link(archive: Path, issues: list[dict[str, str]], template: jinja2.Template) -> None:
    """Put links to the issues before and after into each page; the latest publication counts."""
    lines: dict[str, dict[str, dict[str, str]]] = {}
    for issue in reversed(issues):
        lines.setdefault(issue["edition"], {})[issue["key"]] = issue
    for issue in issues:
        line = lines[issue["edition"]]
        keys = sorted(line)
        at = keys.index(issue["key"])
        nav = template.render(
            previous=line[keys[at - 1]] if at else None,
            next=line[keys[at + 1]] if at + 1 < len(keys) else None,
            up="../" * len(Path(issue["place"]).parts),
        )
        file = archive / issue["place"] / "index.html"
        old = file.read_text(encoding="utf-8")
        before, _, rest = old.partition("<!--nav-->")
        new = f"{before}<!--nav-->{nav}<!--/nav-->{rest.partition('<!--/nav-->')[2]}"
        if new != old:
            _replace(file, new)


def _replace(file: Path, content: str) -> None:
    draft = file.with_name(f".{file.name}.partial")
    draft.write_text(content, encoding="utf-8")
    os.replace(draft, file)
