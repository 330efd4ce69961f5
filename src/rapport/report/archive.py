"""The archive: every issue as it was sent, to be browsed from the disk without a server.

`<archive>/<report>/<period>/publication-<id>/` holds `index.html` with its pictures,
`report.txt`, `figures.json` (what the templates printed) and `mail.json` (what mails are made of).
"""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from pathlib import Path

import jinja2

from rapport.errors import RapportError
from rapport.report.render import Rendered


def folder(archive: Path, report: str, period: str, publication_id: int) -> Path:
    """Where one issue stands."""
    return archive / report / period / f"publication-{publication_id}"


def keep(archive: Path, templates: Path, rendered: Rendered) -> Path:
    """Write an issue whole or not at all, replacing one of the same publication; renew the index.

    Args:
        templates: `reports/`, which holds the index's template.

    Returns:
        the issue's folder.
    """
    view = rendered.view
    target = folder(archive, rendered.report, view["period"]["key"], view["publication_id"])
    target.parent.mkdir(parents=True, exist_ok=True)
    draft = Path(tempfile.mkdtemp(prefix=".draft-", dir=target.parent))
    draft.chmod(0o755)
    page = rendered.html
    for name, picture in rendered.pictures.items():
        (draft / f"{name}.png").write_bytes(picture)
        page = page.replace(f'"cid:{name}"', f'"{name}.png"')
    (draft / "index.html").write_text(page, encoding="utf-8")
    (draft / "report.txt").write_text(rendered.text, encoding="utf-8")
    mail = {
        "subject": rendered.subject,
        "html": rendered.html,
        "text": rendered.text,
        "pictures": list(rendered.pictures),
    }
    for name, content in (("figures", view), ("mail", mail)):
        text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
        (draft / f"{name}.json").write_text(text + "\n", encoding="utf-8")
    if target.exists():
        shutil.rmtree(target)
    os.replace(draft, target)
    _index(archive, templates)
    return target


def load(archive: Path, report: str, period: str, publication_id: int) -> Rendered:
    """An issue out of the archive, to send exactly the same to one more person.

    Raises:
        RapportError: `archive-missing` when it was deleted.
    """
    place = folder(archive, report, period, publication_id)
    try:
        mail = json.loads((place / "mail.json").read_text(encoding="utf-8"))
        view = json.loads((place / "figures.json").read_text(encoding="utf-8"))
        pictures = {name: (place / f"{name}.png").read_bytes() for name in mail["pictures"]}
    except (OSError, ValueError, KeyError) as error:
        raise RapportError(
            "archive-missing",
            f"The archive does not hold this issue: {error}",
            str(place),
            "restore the archive folder from its backup",
        ) from None
    return Rendered(report, mail["subject"], mail["html"], mail["text"], pictures, view)


def _index(archive: Path, templates: Path) -> None:
    """Write `index.html`: all issues by report, the latest period first."""
    reports: dict[str, list[dict[str, str]]] = {}
    for path in archive.glob("*/*/publication-*/figures.json"):
        view = json.loads(path.read_text(encoding="utf-8"))
        reports.setdefault(view["report"], []).append(
            {
                "company": view["company"]["name"],
                "key": view["period"]["key"],
                "period": view["period"]["label"],
                "subject": view["subject"],
                "as_of": view["as_of"],
                "publication": view["publication"],
                "number": f"{view['publication_id']:012d}",
                "place": path.parent.relative_to(archive).as_posix(),
            }
        )
    for issues in reports.values():
        issues.sort(key=lambda issue: (issue["key"], issue["number"]), reverse=True)
    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(templates / "shared"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    page = environment.get_template("archive.html.j2").render(reports=sorted(reports.items()))
    draft = archive / ".index.html.partial"
    draft.write_text(page, encoding="utf-8")
    os.replace(draft, archive / "index.html")
