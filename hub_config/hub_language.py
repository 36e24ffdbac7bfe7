"""The hub's own pages in the trainee's language.

JupyterHub tells its templates nothing of the request, and writes `lang="en"` outside of any block.
So the one place that every page's values come from is extended, and that attribute is replaced.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from jinja2.ext import Extension
from jupyterhub.handlers.base import BaseHandler
from tornado.httputil import HTTPServerRequest

from spawners.language import LANGUAGE_COOKIE, ZONE_COOKIE, spoken_here
from spawners.words import later, own_name, words_for

# What JupyterHub itself says on pages of ours: in the catalogues because it is named here.
SAID_BY_JUPYTERHUB = (
    later("Invalid username or password"),
    later("Login form invalid or expired. Try again."),
)
_JUPYTERHUBS = BaseHandler.template_namespace


class PageLanguage(Extension):
    """Says in `<html lang>` what language a page is in."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:  # noqa: ARG002
        """Replace the language that JupyterHub's page.html is always in."""
        return source.replace('<html lang="en">', '<html lang="{{ language }}">')


JINJA_OPTIONS = {"extensions": ["jinja2.ext.i18n", PageLanguage]}


def spoken(languages: Sequence[str], request: HTTPServerRequest) -> dict[str, object]:
    """Return what a template needs to speak to whoever sent the request."""
    cookies = request.cookies

    def cookie(name: str) -> str:
        return cookies[name].value if name in cookies else ""

    words = words_for(
        languages,
        chosen=cookie(LANGUAGE_COOKIE),
        accept=request.headers.get("Accept-Language", ""),
        zone=cookie(ZONE_COOKIE),
    )
    return {
        "reader": words,
        "gettext": words.gettext,
        "ngettext": words.ngettext,
        "language": words.language,
        "languages": {one: own_name(one) for one in spoken_here(languages)},
    }


def speak(languages: Sequence[str]) -> None:
    """Let every page of the hub in this process speak the best of a site's languages."""

    def template_namespace(handler: Any) -> Mapping[str, Any]:  # noqa: ANN401  untyped upstream
        return {**_JUPYTERHUBS.fget(handler), **spoken(languages, handler.request)}

    BaseHandler.template_namespace = property(template_namespace)
