"""Who may do what. A trainee acts on their own session only; so do the course pages for them.

For a class the course pages act on their own account: they start and end its people's sessions.
"""

from __future__ import annotations

from typing import Any

from courses.service.learning.settings import EVENTS_SCOPE
from spawners import admission_route

SERVICE = "courses"
METRICS = "metrics"

# What a session's own token may do: its user's events, beside what JupyterHub's role has.
SESSION_ACTS_WITH = ("users:activity!user", "access:servers!server", EVENTS_SCOPE)
CUSTOM_SCOPES = {
    EVENTS_SCOPE: {"description": "Say what was learned in one's own session."},
    admission_route.SCOPE: {"description": "Make somebody known whom the site lets in."},
}

# What the course pages may do with the token of the trainee who signed in: nobody else's session.
SERVICE_ACTS_WITH = (
    f"access:services!service={SERVICE}",
    "read:users!user",
    "read:servers!user",
    "servers!user",
    "access:servers!user",
)


# What they do with their own token: see who has a session, for a class's page; and for the people
# of a class alone (`courses.service.classes`) start one and end one. They get into no session, and
# have nobody's token.
SERVICE_ACTS_ALONE_WITH = ("list:users", "servers", admission_route.SCOPE)


def roles() -> list[dict[str, Any]]:
    """Return JupyterHub's roles for a site."""
    return [
        {
            "name": "user",
            "description": "A trainee: their own account and session, and the course pages.",
            "scopes": ["self", f"access:services!service={SERVICE}", EVENTS_SCOPE],
        },
        {
            "name": SERVICE,
            "description": "The course pages: who has a session, and the sessions of a class.",
            "scopes": list(SERVICE_ACTS_ALONE_WITH),
            "services": [SERVICE],
        },
        {
            "name": METRICS,
            "description": "Prometheus: the figures of the hub, and nothing else.",
            "scopes": ["read:metrics"],
            "services": [METRICS],
        },
    ]
