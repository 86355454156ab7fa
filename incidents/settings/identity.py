"""``identity``: what makes alerts one incident."""

from sothat.incidents.settings.section import Section, Source

_SCHEMA = {
    "oneOf": [
        {"const": "group"},
        {
            "type": "array",
            "minItems": 1,
            "uniqueItems": True,
            "items": {"type": "string", "minLength": 1},
        },
    ]
}


def _read(source: Source) -> tuple[str, ...] | None:
    names = source.node("identity", "group")
    return None if names == "group" else tuple(names)


SECTION = Section("identity", "identity", _SCHEMA, _read)
