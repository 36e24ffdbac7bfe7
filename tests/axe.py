"""What axe-core finds on a page that is open in a browser, as words for a failing test."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page

SERIOUS = ("serious", "critical")
EVERYTHING = ("minor", "moderate", *SERIOUS)
# Asked for by WCAG 2.2 (AA), and left out by axe-core unless it is told.
_OPTIONS = {"resultTypes": ["violations"], "rules": {"target-size": {"enabled": True}}}
_axe = Axe()


@dataclass(frozen=True)
class Violation:
    """One element that breaks one rule."""

    rule: str
    impact: str
    help: str
    selector: str
    html: str
    why: str

    def __repr__(self) -> str:
        return (
            f"\n{self.rule} ({self.impact}): {self.help}"
            f"\n  at {self.selector}\n  in {self.html[:200]}\n  {self.why}"
        )


def violations(
    page: Page,
    include: str | None = None,
    exclude: Sequence[str] = (),
    impacts: Collection[str] = SERIOUS,
) -> list[Violation]:
    """Return what breaks a rule: on the page, or in what the selector `include` finds.

    The script goes in through the browser's debugger, so no page has to allow it in its policy.
    """
    context = {"exclude": [[one] for one in exclude]} if exclude else {}
    if include is not None:
        context["include"] = [[include]]
    found = _axe.run(page, context=context or None, options=_OPTIONS).response["violations"]
    return [
        _violation(rule, node)
        for rule in found
        for node in rule["nodes"]
        if node.get("impact") in impacts
    ]


def _violation(rule: dict[str, Any], node: dict[str, Any]) -> Violation:
    return Violation(
        rule=rule["id"],
        impact=node["impact"],
        help=rule["help"],
        selector=" > ".join(map(str, node["target"])),
        html=node["html"],
        why=" ".join(node.get("failureSummary", "").split()),
    )
