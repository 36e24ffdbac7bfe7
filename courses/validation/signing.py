"""Who vouches for a validation record and for a release's sums: Ed25519 keys, and whom we trust.

Everyone who checks or publishes has a private key of their own, made on first use, mode 0600 in a
0700 folder. A site lists the public keys of others that it trusts, such as its CI's.
"""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from courses.authoring.canonical import canonical
from courses.authoring.sums import Sums
from courses.validation.record import ValidationRecord
from spawners.errors import InvalidInput

_SIGNATURE = frozenset({"signature"})
_MOST_BYTES = 10_000

Signed = TypeVar("Signed", ValidationRecord, Sums)


@dataclass(frozen=True)
class Trust:
    """The public keys (64 hex digits each) whose word counts."""

    keys: frozenset[str]

    def require(self, document: ValidationRecord | Sums, name: str) -> None:
        """Raise InvalidInput unless one of the keys signed exactly this document.

        `name` is what a person calls it, such as a path.
        """
        if not (document.key and document.signature):
            raise InvalidInput(
                f"{name}: is not signed.",
                hint="Make it again: `onboard course check --json` signs what it writes.",
            )
        if document.key not in self.keys:
            raise InvalidInput(
                f"{name}: is signed with a key that is not trusted here: {document.key[:64]!a}.",
                hint="If it is a colleague's or your CI's, add it to `trusted_keys` in the site's "
                "file; `onboard course key` tells each their own.",
            )
        if not _is_signed(document):
            raise InvalidInput(
                f"{name}: its signature is wrong: it was changed after it was signed.",
                hint="Take it as it was made, or check the course again.",
            )


def trust(site_keys: Iterable[str]) -> Trust:
    """Trust the site's keys and one's own. Raises InvalidInput if one's own cannot be read."""
    path = key_path()
    own = [public(_read(path))] if os.path.lexists(path) else []
    return Trust(frozenset([*site_keys, *own]))


def signed(document: Signed, key: Ed25519PrivateKey | None = None) -> Signed:
    """Return the document signed with `key`, or with one's own, made now if there is none yet.

    Raises InvalidInput if one's own key can be neither read nor made.
    """
    key = key or own_key()
    ready = document.model_copy(update={"key": public(key), "signature": ""})
    signature = key.sign(canonical(ready, without=_SIGNATURE)).hex()
    return ready.model_copy(update={"signature": signature})


def own_key() -> Ed25519PrivateKey:
    """Return the private key of whoever runs this, made now if there is none yet."""
    path = key_path()
    if not os.path.lexists(path):
        _make(path)
    return _read(path)


def public(key: Ed25519PrivateKey) -> str:
    """Return the public half of a key: 64 hex digits."""
    return key.public_key().public_bytes_raw().hex()


def key_path() -> Path:
    """Return where one's own private key is: in $XDG_CONFIG_HOME, which is ~/.config if not set."""
    chosen = os.environ.get("XDG_CONFIG_HOME", "")
    try:
        config = Path(chosen) if Path(chosen).is_absolute() else Path.home() / ".config"
    except RuntimeError:
        raise InvalidInput(
            "There is no home folder to keep a signing key in.",
            hint="Set XDG_CONFIG_HOME to a folder of yours.",
        ) from None
    return config / "aifactory-onboarding" / "validation.key"


def _is_signed(document: ValidationRecord | Sums) -> bool:
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(document.key))
        said = canonical(document, without=_SIGNATURE)
        key.verify(bytes.fromhex(document.signature), said)
    except (InvalidSignature, ValueError):
        return False
    return True


def _make(path: Path) -> None:
    """Write a new key beside its place, and link it in: of two who make one, the first one's stays.

    A hard link fails where a file is; nobody ever sees half a key.
    """
    pem = Ed25519PrivateKey.generate().private_bytes(
        Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()
    )
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle, draft = tempfile.mkstemp(prefix=".key-", dir=path.parent)  # exclusive, mode 0600
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(pem)
                file.flush()
                os.fsync(file.fileno())
            with suppress(FileExistsError):
                os.link(draft, path)
        finally:
            Path(draft).unlink()
    except OSError as error:
        raise InvalidInput(
            f"{path}: a signing key cannot be made: {error.strerror}.",
            hint="Make its folder writable for you, or set XDG_CONFIG_HOME to a folder of yours.",
        ) from None


def _read(path: Path) -> Ed25519PrivateKey:
    try:
        _require_private(path.parent, path.parent.stat(), "700")
        with open(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:  # noqa: PTH123  pathlib opens no descriptor
            _require_private(path, os.fstat(file.fileno()), "600")
            key = load_pem_private_key(file.read(_MOST_BYTES), password=None)
    except OSError as error:
        raise InvalidInput(
            f"{path}: cannot be read: {error.strerror}.", hint="It is your own signing key."
        ) from None
    except (ValueError, TypeError):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise InvalidInput(
            f"{path}: is not an Ed25519 private key.",
            hint="Move it away; a new one is made. Tell whoever trusts the old one.",
        )
    return key


def _require_private(path: Path, found: os.stat_result, mode: str) -> None:
    if found.st_uid != os.geteuid():
        raise InvalidInput(
            f"{path}: belongs to another user: it is not your signing key.",
            hint="Run this as its owner, or set XDG_CONFIG_HOME to a folder of yours.",
        )
    # Others may see which files the folder holds; who may write there can swap the key.
    others = 0o022 if stat.S_ISDIR(found.st_mode) else 0o077
    if found.st_mode & others:
        raise InvalidInput(
            f"{path}: others can read or change your signing key.",
            hint=f"It must be yours alone: chmod {mode} {path}",
        )
