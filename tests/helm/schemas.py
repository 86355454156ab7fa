"""JSON Schemas of Kubernetes' own objects, as kubernetes-validate brings them."""

import json
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from .charts import Manifest


def is_core(manifest: Manifest) -> bool:
    """Return whether an object is one of Kubernetes itself."""
    group, _, version = manifest["apiVersion"].rpartition("/")
    own = "." not in group or group.endswith(".k8s.io")
    return bool(version) and own and group != "gateway.networking.k8s.io"


def violations(manifest: Manifest, version: str) -> Iterator[str]:
    """Yield what a release's schema says against an object; unknown fields count."""
    group, _, name = manifest["apiVersion"].rpartition("/")
    stem = "-".join(filter(None, (manifest["kind"].lower(), group.split(".")[0], name)))
    for error in _validator(stem, version).iter_errors(manifest):
        yield f"{error.json_path}: {error.message[:200]}"


@cache
def _validator(stem: str, version: str) -> Draft202012Validator:
    schema = _read(version, f"{stem}.json")
    return Draft202012Validator(schema, registry=_definitions(version))


@cache
def _definitions(version: str) -> Registry[Any]:
    known = Resource.from_contents(_read(version, "_definitions.json"))
    return known @ Registry()


def _read(version: str, name: str) -> Any:
    folder = files("kubernetes_validate") / "kubernetes-json-schema" / f"v{version}.0-local-strict"
    return json.loads((folder / name).read_text(encoding="utf-8"))
