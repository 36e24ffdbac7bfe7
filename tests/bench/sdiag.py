"""What `sdiag` counts: the controller's RPCs by type and by user. Needs root for a reset."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from hub_config.onebox.command import ask

_BY_TYPE = "Remote Procedure Call statistics by message type"
_BY_USER = "Remote Procedure Call statistics by user"
_LINE = re.compile(r"^\s+(?P<name>\S+)\s+\(\s*\d+\) count:(?P<count>\d+) ", re.MULTILINE)
OWN = "REQUEST_STATS_INFO"
"""What sdiag itself adds."""


@dataclass(frozen=True)
class Counts:
    """RPCs since the last reset."""

    by_type: Counter[str]
    by_user: Counter[str]

    def without_own(self) -> Counter[str]:
        """Return the counts by type, but for what sdiag itself asked."""
        return Counter({name: count for name, count in self.by_type.items() if name != OWN})


def read(out: str) -> Counts:
    """Read what sdiag prints. Raises ValueError when a part is missing."""
    if _BY_TYPE not in out or _BY_USER not in out:
        raise ValueError("sdiag did not print its statistics.")
    types, _, rest = out.partition(_BY_TYPE)[2].partition(_BY_USER)
    # Another table follows that of the users in some versions: it begins where a line stands out.
    users = re.split(r"\n(?=[A-Z])", rest, maxsplit=1)[0]
    return Counts(_counts(types), _counts(users))


def reset() -> None:
    """Begin to count anew."""
    answer = ask("sdiag", "--reset")
    if answer.returncode != 0:
        raise RuntimeError(answer.stderr)


def counts() -> Counts:
    """Ask for the counts since the last reset."""
    return read(ask("sdiag").stdout)


def _counts(text: str) -> Counter[str]:
    return Counter({one["name"]: int(one["count"]) for one in _LINE.finditer(text)})
