"""docs/sites.md and the models name the same keys and the same sites."""

from __future__ import annotations

import re
from pathlib import Path

from hub_config import site

PAGE = Path(__file__).resolve().parents[3] / "docs" / "sites.md"
KEY_ROW = re.compile(r"^\| `([a-z_.]+)` \|", re.MULTILINE)
SITE_ROW = re.compile(r"^\| `([a-z0-9_]+)` \| [A-Z]", re.MULTILINE)


def section(heading: str) -> str:
    text = PAGE.read_text(encoding="utf-8")
    return text.split(f"## {heading}\n")[1].split("\n## ")[0]


def test_every_key_is_documented_and_no_other() -> None:
    documented = KEY_ROW.findall(section("Every key"))

    # a table that only holds others needs no row
    tables = {key for key in site.KEYS if any(one.startswith(f"{key}.") for one in site.KEYS)}
    assert sorted(documented) == sorted(set(site.KEYS) - tables)


def test_every_site_is_in_the_table_and_no_other() -> None:
    assert sorted(SITE_ROW.findall(section("The sites that come with it"))) == sorted(site.names())
