"""``store``: where incidents are kept."""

from dataclasses import replace
from urllib.parse import urlsplit

from sothat.incidents.settings.section import Section, Source
from sothat.incidents.store.engines import POSTGRESQL, SQLITE
from sothat.model.problem import Problem, Unusable
from sothat.runtime.secrets import SECRET_SCHEMA, Secret

_SCHEMA = {"anyOf": [{"type": "string", "minLength": 1}, SECRET_SCHEMA]}


def _read(source: Source) -> Secret:
    node = source.node("store")
    url = node if isinstance(node, str) else source.secret("store").reveal()
    if isinstance(node, str) and _shows_password(url):
        raise Unusable([_shown(source)])
    if url.startswith(POSTGRESQL):
        return Secret(url)
    if url.startswith(SQLITE) and url != SQLITE:
        return Secret(SQLITE + str((source.folder / url[len(SQLITE) :]).absolute()))
    message = "the store must be sqlite:/// and a path, or a postgresql:// URL"
    raise Unusable([replace(source.document.problem("bad-url", message, ["store"]), source="")])


def _shows_password(url: str) -> bool:
    if not url.startswith(POSTGRESQL):
        return False
    try:
        parts = urlsplit(url)
    except ValueError:
        return True
    return parts.password is not None or "password=" in parts.query


def _shown(source: Source) -> Problem:
    """Return that the URL has a password in it, without showing it."""
    message = "the store's URL shows a password"
    hint = "move the whole URL to a file, and write {file: PATH} or {env: NAME}"
    problem = source.document.problem("secret-in-text", message, ["store"], hint=hint)
    return replace(problem, source="")


SECTION = Section("store_url", "store", _SCHEMA, _read, required=True)
