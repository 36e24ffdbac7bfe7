"""Who may do what. A trainee acts on their own session only; so do the course pages for them."""

from __future__ import annotations

from typing import Any

from courses.service.learning_settings import EVENTS_SCOPE

SERVICE = "courses"
METRICS = "metrics"

# What a session's own token may do: its user's events, beside what JupyterHub's role has.
SESSION_ACTS_WITH = ("users:activity!user", "access:servers!server", EVENTS_SCOPE)
CUSTOM_SCOPES = {
    EVENTS_SCOPE: {"description": "Say what was learned in one's own session."},
}

# What the course pages may do with their own token: read who has a session, for a class's page.
# They start, stop and open nobody's with it.
SERVICE_KNOWS = ("list:users", "read:servers")
# What the course pages may do with the token of the trainee who signed in: nobody else's session.
SERVICE_ACTS_WITH = (
    f"access:services!service={SERVICE}",
    "read:users!user",
    "read:servers!user",
    "servers!user",
    "access:servers!user",
)


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
            "description": "The course pages: who has a session, for the instructors of a course.",
            "scopes": list(SERVICE_KNOWS),
            "services": [SERVICE],
        },
        {
            "name": METRICS,
            "description": "Prometheus: the figures of the hub, and nothing else.",
            "scopes": ["read:metrics"],
            "services": [METRICS],
        },
    ]
