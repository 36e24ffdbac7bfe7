"""Sign-in with the passwords that `onboard up` made for this start; only hashes are stored."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from pathlib import Path
from typing import Any

from jupyterhub.auth import Authenticator
from tornado import web
from traitlets import Unicode

# hashlib.scrypt's cost: 16 MiB and some 50 ms a guess (RFC 7914).
_COST = {"n": 2**14, "r": 8, "p": 1}


def write_passwords(path: Path, users: tuple[str, ...]) -> dict[str, str]:
    """Make a random password for each user, store its hash (mode 0600), return the passwords."""
    passwords = {user: secrets.token_urlsafe(12) for user in users}
    hashes = {}
    for user, password in passwords.items():
        salt = os.urandom(16)
        hashes[user] = {"salt": _text(salt), "hash": _text(_hash(password, salt))}
    path.touch(mode=0o600)
    path.write_text(json.dumps(hashes), encoding="utf-8")
    return passwords


def is_right(path: Path, user: str, password: str) -> bool:
    """Whether `password` is that user's. An unknown user costs the same time."""
    known = json.loads(path.read_text(encoding="utf-8"))
    entry = known.get(user, {"salt": "", "hash": ""})
    found = _hash(password, base64.b64decode(entry["salt"]))
    return hmac.compare_digest(found, base64.b64decode(entry["hash"]))


def _hash(password: str, salt: bytes) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, **_COST)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


class PasswordFileAuthenticator(Authenticator):
    """Checks a name and password against the file of `write_passwords`."""

    passwords_file = Unicode(help="Where write_passwords put the hashes.").tag(config=True)

    async def authenticate(self, handler: Any, data: dict[str, str]) -> str | None:  # noqa: ANN401, ARG002
        """Return the user's name, or None."""
        if not {"username", "password"} <= data.keys():
            raise web.HTTPError(400, "The form lacks the name or the password.")
        user = data["username"]
        return user if is_right(Path(self.passwords_file), user, data["password"]) else None
