"""The hub's own random secrets, made once and kept in its private folder (mode 0600)."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from pathlib import Path

from pydantic import ValidationError

from spawners.errors import InvalidInput
from spawners.machine import Model

FILE = "secrets.json"
METRICS_TOKEN_FILE = "metrics-token"  # noqa: S105  a file's name


class Secrets(Model):
    """What proxy, hub and course pages know each other by."""

    proxy_token: str
    service_token: str
    cookie: str

    @property
    def hub_id(self) -> str:
        """What tells this hub's jobs from another's: the same after every restart, and public."""
        return hashlib.sha256(f"hub id {self.cookie}".encode()).hexdigest()[:8]

    @property
    def metrics_token(self) -> str:
        """What Prometheus reads the hub's metrics with, and nothing else."""
        return hashlib.sha256(f"metrics {self.cookie}".encode()).hexdigest()


def load_or_make(folder: Path) -> Secrets:
    """Return the secrets in `folder`, made now if there are none."""
    path = folder / FILE
    try:
        return Secrets.model_validate_json(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        made = {name: secrets.token_hex(32) for name in Secrets.model_fields}
    except ValidationError:
        raise InvalidInput(
            f"{path}: is damaged.", hint="Remove it; everyone signs in once more."
        ) from None
    _write(path, json.dumps(made))
    return Secrets.model_validate(made)


def write_metrics_token(folder: Path, found: Secrets) -> None:
    """Write the token for Prometheus where an operator finds it."""
    path = folder / METRICS_TOKEN_FILE
    path.unlink(missing_ok=True)
    _write(path, found.metrics_token)


def _write(path: Path, text: str) -> None:
    # Never through a link: the folder is the hub's user's, and root may be writing.
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(text)
