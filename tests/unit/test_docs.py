"""The documentation names what exists, and what exists is in it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest

from hub_config.cli import onboard

CHECKOUT = Path(__file__).resolve().parents[2]
PAGES = sorted([*CHECKOUT.glob("*.md"), *(CHECKOUT / "docs").rglob("*.md")])

CODE_BLOCK = re.compile(r"^```\w*\n(.*?)^```", re.MULTILINE | re.DOTALL)
CODE_SPAN = re.compile(r"`([^`\n]+)`")
OPTION = re.compile(r"(?<![\w-])--[a-z][a-z-]*")
SCRIPT = re.compile(r"(?<![\w/.-])(?:scripts|\.ci)/[a-z_]+\b")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)


def fragments(page: Path) -> Iterator[str]:
    """Yield each line of code on the page, without its comment."""
    text = page.read_text(encoding="utf-8")
    for block in CODE_BLOCK.findall(text):
        yield from (line.partition("#")[0].strip() for line in block.splitlines())
    yield from CODE_SPAN.findall(CODE_BLOCK.sub("", text))


def commands_of(group: click.Group) -> dict[str, click.Command]:
    """Return the commands of a group, by name."""
    context = click.Context(group)
    found = {name: group.get_command(context, name) for name in group.list_commands(context)}
    return {name: command for name, command in found.items() if command is not None}


def leaves(
    command: click.Command = onboard, path: tuple[str, ...] = ()
) -> dict[tuple[str, ...], click.Command]:
    """Return every command that does something, by the words that call it."""
    if not isinstance(command, click.Group):
        return {path: command}
    found = {}
    for name, child in commands_of(command).items():
        found |= leaves(child, (*path, name))
    return found


def options(command: click.Command) -> set[str]:
    """Return the long options of a command."""
    return {
        word
        for parameter in command.params
        if isinstance(parameter, click.Option)
        for word in (*parameter.opts, *parameter.secondary_opts)
        if word.startswith("--")
    }


def called(fragment: str) -> tuple[tuple[str, ...], set[str]]:
    """Return the command path that a line of code calls, as far as it exists, and its options."""
    command: click.Command = onboard
    path: tuple[str, ...] = ()
    for word in fragment.split()[1:]:
        if not isinstance(command, click.Group):
            break
        assert word in commands_of(command), (
            f"`{fragment}`: there is no `onboard {' '.join(path)} {word}`"
        )
        command, path = commands_of(command)[word], (*path, word)
    return path, set(OPTION.findall(fragment))


def calls() -> list[tuple[str, str]]:
    """Return each `onboard ...` of the documentation, with its page."""
    return [
        (page.name, fragment)
        for page in PAGES
        for fragment in fragments(page)
        if fragment.startswith("onboard ")
    ]


def slug(heading: str) -> str:
    """Return a heading's anchor, as GitHub makes it."""
    return re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-")


def test_every_command_and_option_in_the_docs_exists():
    # given each call of `onboard` on a page
    for page, fragment in calls():
        # when it is followed down the command line
        path, named = called(fragment)

        # then each word leads somewhere, and that command has each option
        known = options(leaves()[path]) if path in leaves() else set()
        unknown = named - known - {"--help"}
        assert not unknown, f"{page}: `{fragment}` has no {unknown}"


@pytest.mark.parametrize("path", leaves(), ids=" ".join)
def test_every_command_and_option_is_in_the_docs(path):
    # given what the pages say of one command
    said = [
        named for _, fragment in calls() for where, named in [called(fragment)] if where == path
    ]

    # then it is there, with each of its options
    assert said, f"onboard {' '.join(path)} is on no page: describe it in docs/commands.md"
    missing = options(leaves()[path]) - set().union(*said)
    assert not missing, f"onboard {' '.join(path)}: {missing} is on no page"


def test_scripts_and_docs_name_the_same_scripts():
    # given the scripts that a person can run, and those that the pages name
    folders = (CHECKOUT / "scripts", CHECKOUT / ".ci")
    runnable = {
        str(path.relative_to(CHECKOUT))
        for folder in folders
        for path in folder.iterdir()
        if path.is_file() and os.access(path, os.X_OK)
    }
    named = {
        script for page in PAGES for code in fragments(page) for script in SCRIPT.findall(code)
    }

    # then they are the same
    assert named == runnable


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_lead_somewhere(page):
    # given the links of a page to other files, and to headings
    text = CODE_BLOCK.sub("", page.read_text(encoding="utf-8"))
    for link in LINK.findall(text):
        if "://" in link or link.startswith("mailto:"):
            continue
        name, _, anchor = link.partition("#")
        target = (page.parent / name).resolve() if name else page

        # then each is there, in this checkout
        assert target.is_relative_to(CHECKOUT), f"{page.name}: {link}"
        assert target.exists(), f"{page.name}: {link}"
        if anchor:
            anchors = {slug(heading) for heading in HEADING.findall(target.read_text("utf-8"))}
            assert anchor in anchors, f"{page.name}: {link}"
