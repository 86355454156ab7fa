"""The registry's files: ``kind: TuyaProducts``, the pack's own and the user's, read strictly."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from sothat.exporters.tuya.registry.catalogue import Catalogue, Product
from sothat.exporters.tuya.registry.entries import Entry, entry_of
from sothat.exporters.tuya.registry.measures import MAX_BITS, MAX_SCALE, Provenance
from sothat.exporters.tuya.registry.metrics import FLAGS, QUANTITIES
from sothat.exporters.tuya.registry.units import FACTORS, base_unit, known
from sothat.model.guessing import did_you_mean
from sothat.model.problem import Problem, Unusable
from sothat.runtime.documents import Document, load_document
from sothat.runtime.schema import validate

_TEXT = {"type": "string", "minLength": 1, "maxLength": 200}
_NAME = {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[!-~]+$"}
_VALUES = {
    "type": "array",
    "minItems": 1,
    "maxItems": 64,
    "items": {"type": ["string", "boolean"]},
    "uniqueItems": True,
}
_READS = ("quantity", "flag", "states", "faults", "phase", "firmware", "silent")
_ENTRY: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "properties": {
        "code": _NAME,
        "read": {"enum": list(_READS), "default": "quantity"},
        "metric": {"type": "string"},
        "unit": {"type": "string"},
        "scale": {"type": "integer", "minimum": 0, "maximum": MAX_SCALE},
        "source": _TEXT,
        "low": {"type": "number"},
        "high": {"type": "number"},
        "on": _VALUES,
        "off": _VALUES,
        "options": {"type": "array", "minItems": 1, "maxItems": MAX_BITS, "items": _NAME},
        "label": _NAME,
        "draft": {"type": "string", "description": "what a draft leaves to be confirmed"},
    },
}
_ENTRIES = {"type": "object", "propertyNames": {"maxLength": 64}, "additionalProperties": _ENTRY}
_POINTS = {**_ENTRIES, "propertyNames": {"pattern": "^[0-9]{1,3}$"}}
SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "required": ["apiVersion", "kind"],
    "anyOf": [{"required": [part]} for part in ("codes", "categories", "products", "silent")],
    "properties": {
        "apiVersion": {"const": "sothat/v1"},
        "kind": {"const": "TuyaProducts"},
        "codes": _ENTRIES,
        "silent": {"type": "array", "items": _NAME},
        "categories": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["title", "codes"],
                "properties": {"title": _TEXT, "codes": _ENTRIES},
            },
        },
        "products": {
            "type": "object",
            "additionalProperties": {
                "type": "object",
                "additionalProperties": False,
                "required": ["points"],
                "properties": {"title": _TEXT, "category": _NAME, "points": _POINTS},
            },
        },
    },
}
_Path = tuple[str | int, ...]


def standard() -> Catalogue:
    """Return the pack's own entries."""
    folder = files(__package__)
    found = Catalogue()
    for name in ("standard.yaml", "products/categories.yaml"):
        with as_file(folder / name) as path:
            found = found.over(_read(path, Provenance.STANDARD))
    return found


def load_products(path: Path) -> Catalogue:
    """Return a user's entries.

    Raises:
        Unusable: The file cannot be read, or some entries cannot be right; all problems are named.
    """
    return _read(path, Provenance.USER)


def _read(path: Path, provenance: Provenance) -> Catalogue:
    document = load_document(path)
    problems = validate(document, SCHEMA) or [*_faults(document)]
    if problems:
        raise Unusable(problems)
    return _catalogue(document.data, provenance)


def _catalogue(data: Mapping[str, Any], provenance: Provenance) -> Catalogue:
    codes = _entries(data.get("codes", {}), provenance)
    silent = {code: Entry("silent", provenance=provenance) for code in data.get("silent", ())}
    return Catalogue(
        codes=silent | codes,
        categories={
            name: _entries(category["codes"], provenance)
            for name, category in data.get("categories", {}).items()
        },
        products={
            name: _product(product, provenance)
            for name, product in data.get("products", {}).items()
        },
    )


def _product(written: Mapping[str, Any], provenance: Provenance) -> Product:
    points = written["points"]
    codes = {number: entry["code"] for number, entry in points.items() if "code" in entry}
    return Product(written.get("category", ""), _entries(points, provenance), codes)


def _entries(written: Mapping[str, Any], provenance: Provenance) -> dict[str, Entry]:
    return {
        name: _bounded(entry_of(entry), entry).said_by(provenance)
        for name, entry in written.items()
    }


def _bounded(entry: Entry, written: Mapping[str, Any]) -> Entry:
    """Return the entry with its metric's bounds where it has none of its own."""
    if entry.metric not in QUANTITIES:
        return entry
    bounds = QUANTITIES[entry.metric]
    return replace(entry, low=written.get("low", bounds.low), high=written.get("high", bounds.high))


def _faults(document: Document) -> Iterator[Problem]:
    for path, entry in _all(document.data):
        read = entry.get("read", "quantity")
        if read == "quantity":
            yield from _quantity_faults(document, path, entry)
        elif read == "flag":
            yield from _flag_faults(document, path, entry)
        yield from _needless(document, path, entry, read)
        if "draft" in entry:
            message = f"a draft that nobody has confirmed: {entry['draft']}"
            hint = "answer it, and take 'draft' out"
            where = (*path, "draft")
            yield document.problem("unconfirmed-draft", message, where, key=True, hint=hint)
    for name, product in document.data.get("products", {}).items():
        for number, entry in product["points"].items():
            if entry.get("read") != "silent" and "code" not in entry:
                where = ("products", name, "points", number)
                yield document.problem("missing-key", "the key 'code' is missing", where)


def _all(data: Mapping[str, Any]) -> Iterator[tuple[_Path, Mapping[str, Any]]]:
    for code, entry in data.get("codes", {}).items():
        yield ("codes", code), entry
    for name, category in data.get("categories", {}).items():
        for code, entry in category["codes"].items():
            yield ("categories", name, "codes", code), entry
    for name, product in data.get("products", {}).items():
        for number, entry in product["points"].items():
            yield ("products", name, "points", number), entry


def _quantity_faults(
    document: Document, path: _Path, entry: Mapping[str, Any]
) -> Iterator[Problem]:
    yield from _metric_faults(document, path, entry, QUANTITIES)
    if entry.get("metric") not in QUANTITIES:
        return
    base = base_unit(entry["metric"])
    if not known(base, entry.get("unit", "")):
        named = f"'{entry['unit']}'" if entry.get("unit") else "no unit"
        message = f"{entry['metric']} cannot be made of {named}"
        hint = f"units that can be: {', '.join(filter(None, FACTORS[base]))}"
        yield document.problem("unfit-unit", message, (*path, "unit"), hint=hint)
    if "scale" in entry and "source" not in entry:
        hint = "such as 'the maker's data sheet' or 'compared with a thermometer'"
        message = "a scale without the source that it is known from"
        yield document.problem("missing-source", message, (*path, "scale"), key=True, hint=hint)
    if entry.get("low", 0) > entry.get("high", float("inf")):
        yield document.problem("out-of-range", "'low' is above 'high'", (*path, "low"))


def _flag_faults(document: Document, path: _Path, entry: Mapping[str, Any]) -> Iterator[Problem]:
    yield from _metric_faults(document, path, entry, FLAGS)
    for key in ("on", "off"):
        if key not in entry:
            yield document.problem("missing-key", f"the key '{key}' is missing", path)
    both = [one for one in entry.get("on", ()) if one in entry.get("off", ())]
    if both:
        message = f"{both[0]!r} cannot mean both on and off"
        yield document.problem("bad-value", message, (*path, "off"))


def _metric_faults(
    document: Document, path: _Path, entry: Mapping[str, Any], metrics: Iterable[str]
) -> Iterator[Problem]:
    known_names = list(metrics)
    if "metric" not in entry:
        yield document.problem("missing-key", "the key 'metric' is missing", path)
    elif entry["metric"] not in known_names:
        message = f"no metric '{entry['metric']}' for what is read so"
        hint = did_you_mean(entry["metric"], known_names) or f"there are {_some(known_names)}"
        yield document.problem("unknown-measure", message, (*path, "metric"), hint=hint)


_OWN: Mapping[str, Sequence[str]] = {
    "quantity": ("metric", "unit", "scale", "low", "high", "label"),
    "flag": ("metric", "on", "off", "label"),
    "states": ("options", "label"),
    "faults": ("options",),
    "phase": ("label",),
}
_COMMON = ("code", "read", "source", "draft")


def _needless(
    document: Document, path: _Path, entry: Mapping[str, Any], read: str
) -> Iterator[Problem]:
    for key in entry:
        if key not in (*_COMMON, *_OWN.get(read, ())):
            message = f"'{key}' means nothing for what is read as {read}"
            yield document.problem("unknown-key", message, (*path, key), key=True)


def _some(names: Sequence[str]) -> str:
    return ", ".join(sorted(names)[:8]) + " …"
