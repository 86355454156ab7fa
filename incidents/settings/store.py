"""``store``: where incidents are kept."""

from sothat.incidents.settings.section import Section, Source

_SQLITE = "sqlite:///"
_SCHEMA = {
    "type": "string",
    "pattern": "^sqlite:///.",
    "description": "sqlite:/// and a path",
}


def _read(source: Source) -> str:
    path = source.node("store")[len(_SQLITE) :]
    return _SQLITE + str((source.folder / path).absolute())


SECTION = Section("store_url", "store", _SCHEMA, _read, required=True)
