"""The boards for Kubernetes: ConfigMaps for Grafana's sidecar, manifests for Grafana's operator.

Made by no template engine, so that the double braces of legends reach Grafana.
"""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from sothat.generator.boards_built import BuiltBoard, folders_of
from sothat.generator.grafana_api import permissions
from sothat.generator.values import Values
from sothat.generator.yaml_text import HEADER, to_yaml
from sothat.model.artefact import Artefact
from sothat.model.board import Folder

Json = dict[str, Any]

_SIDECAR = f"""{HEADER}
For the sidecar of Grafana's chart: sidecar.dashboards.enabled, folderAnnotation: grafana_folder and
provider.foldersFromFilesStructure. kubectl apply --server-side, for the boards are large."""
_OPERATOR = f"""{HEADER}
For Grafana's operator (v5): the folders with their permissions, and the boards by reference to the
ConfigMaps of dashboards.yaml beside this file."""
_KEPT_BY = {"app.kubernetes.io/managed-by": "sothat"}


def config_map(board: BuiltBoard, values: Values) -> str:
    """Return the document of a board: its ConfigMap."""
    return _document(_config_map(board, values))


def manifests(
    config_maps: Iterable[str], boards: Sequence[BuiltBoard], values: Values
) -> Iterator[Artefact]:
    """Yield the two files.

    Args:
        config_maps: What `config_map` makes of each board.
        boards: The boards; what is in them is not looked at.
        values: The environment.
    """
    yield Artefact("kubernetes/dashboards.yaml", _file(config_maps, _SIDECAR))
    folders = [_folder(folder, values) for folder in folders_of(tuple(boards))]
    references = [_dashboard(board, values) for board in boards]
    documents = map(_document, folders + references)
    yield Artefact("kubernetes/grafanadashboards.yaml", _file(documents, _OPERATOR))


def _document(manifest: Json) -> str:
    return f"---\n{to_yaml(manifest, '')}"


def _file(documents: Iterable[str], header: str) -> str:
    # Joined at once: the boards of a large catalogue are long texts, of which nobody holds three.
    return "".join([to_yaml({}, header).removesuffix("{}\n"), *documents])


def _metadata(name: str, values: Values, **more: Json) -> Json:
    namespace = values.settings.get("kubernetes.namespace")
    return {"name": name, **({"namespace": namespace} if namespace else {}), **more}


def _config_map(board: BuiltBoard, values: Values) -> Json:
    # ASCII: a character takes one byte while the file is made, and needs no escapes in YAML.
    text = json.dumps(board.content, sort_keys=True, separators=(",", ":"))
    return {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": _metadata(
            board.uid,
            values,
            labels={**_KEPT_BY, **values.pairs("kubernetes.board_labels")},
            annotations={"grafana_folder": board.folder.name},
        ),
        "data": {f"{board.uid}.json": text},
    }


def _folder(folder: Folder, values: Values) -> Json:
    return {
        "apiVersion": "grafana.integreatly.org/v1beta1",
        "kind": "GrafanaFolder",
        "metadata": _metadata(folder.uid, values, labels=_KEPT_BY),
        "spec": {
            **_selector(values),
            "title": folder.name,
            "uid": folder.uid,
            "permissions": json.dumps(permissions(folder)),
        },
    }


def _dashboard(board: BuiltBoard, values: Values) -> Json:
    return {
        "apiVersion": "grafana.integreatly.org/v1beta1",
        "kind": "GrafanaDashboard",
        "metadata": _metadata(board.uid, values, labels=_KEPT_BY),
        "spec": {
            **_selector(values),
            "folderRef": board.folder.uid,
            "configMapRef": {"name": board.uid, "key": f"{board.uid}.json"},
        },
    }


def _selector(values: Values) -> Json:
    return {"instanceSelector": {"matchLabels": values.pairs("kubernetes.grafana_labels")}}
