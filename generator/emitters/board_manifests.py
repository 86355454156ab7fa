"""The boards for Kubernetes: ConfigMaps for Grafana's sidecar, manifests for Grafana's operator.

Made by no template engine, so that the double braces of legends reach Grafana.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from sothat.generator.boards_built import BuiltBoard, each_built, folders_of, unbuilt
from sothat.generator.checked import CheckedCatalogue
from sothat.generator.emitter import Emitter
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


def emit(checked: CheckedCatalogue) -> Iterator[Artefact]:
    """Yield the two files; none where no board is installed."""
    boards = unbuilt(checked)
    if not boards:
        return
    maps = (_config_map(board, checked.values) for board in each_built(checked))
    yield Artefact("kubernetes/dashboards.yaml", _documents(maps, _SIDECAR))
    folders = [_folder(folder, checked.values) for folder in folders_of(boards)]
    references = [_dashboard(board, checked.values) for board in boards]
    yield Artefact("kubernetes/grafanadashboards.yaml", _documents(folders + references, _OPERATOR))


def _documents(manifests: Iterable[Json], header: str) -> str:
    comment = to_yaml({}, header).removesuffix("{}\n")
    # Joined at once: the boards of a large catalogue are long texts, of which nobody holds three.
    texts = (f"---\n{to_yaml(manifest, '')}" for manifest in manifests)
    return "".join(chain([comment], texts))


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


EMITTER: Emitter = emit
