"""What teams may build on: public modules, their names and how each is called; read as text."""

import ast
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "public-api.md"
# As it was at the last release; `python tests/house/public_api.py --release` writes it.
RELEASED = Path(__file__).parent / "public-api-released.txt"
# All else may change with any release. One line says what each is for.
MODULES = {
    "model.problem": "problems, as checks and commands report them",
    "model.metric": "metrics and contracts",
    "model.alert": "the catalogue's entries, as checks, emitters and boards get them",
    "model.artefact": "what an emitter makes",
    "model.board": "what a board is",
    "dashboards.declared": "boards, declared",
    "dashboards.grafana": "boards of other libraries",
    "exporters.source": "collectors",
    "exporters.clock": "the clock that collectors are given",
    "exporters.declare": "short forms for metric contracts",
    "exporters.kit": "the tests that every collector has to pass",
    "generator.kit": "the tests that every check, emitter and board has to pass",
    "incidents.notification": "notifiers",
    "incidents.posting": "asking a provider of a notifier's",
    "incidents.kit": "the tests that every notifier, listener and tracker has to pass",
    "runtime.kit": "how a kit says what was broken",
    "runtime.secrets": "secrets by file, environment or value",
}
INTRODUCTION = """# The public API

What a team's code may build on: these names keep what they are called with until a major release,
and what goes is announced before ([stability](../explanation/stability.md)). Everything else is
inside. The commands, their options and [JSON](json.md), the [catalogue's language](catalogue.md)
and the [incident API](../incident-api.md) are public, too. Written by
`python tests/house/public_api.py`.
"""


def public_names() -> Mapping[str, str]:
    """Return each public name with the way it is called."""
    return {
        f"sothat.{module}.{name}": signature
        for module in MODULES
        for name, signature in _names(module)
    }


def _file(module: str) -> Path:
    path = ROOT.joinpath(*module.split("."))
    return path / "__init__.py" if path.is_dir() else path.with_suffix(".py")


def _names(module: str) -> Iterator[tuple[str, str]]:
    """Yield the public names of a module: those of ``__all__``, else those without underscore."""
    tree = ast.parse(_file(module).read_text(encoding="utf-8"))
    listed = _all(tree)
    for node in tree.body:
        yield from _own(node, listed)
    for name, origin in _taken(tree).items():
        if name in listed:
            yield from ((n, s) for n, s in _names_of(origin) if n.partition(".")[0] == name)


def _names_of(module: str) -> Iterator[tuple[str, str]]:
    for node in ast.parse(_file(module).read_text(encoding="utf-8")).body:
        yield from _own(node, frozenset())


def _all(tree: ast.Module) -> frozenset[str]:
    for node in tree.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "__all__":
            return frozenset(ast.literal_eval(node.value))
    return frozenset()


def _taken(tree: ast.Module) -> Mapping[str, str]:
    """Return the names that a module takes from others of ours."""
    return {
        alias.asname or alias.name: node.module.removeprefix("sothat.")
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("sothat.")
        for alias in node.names
        if node.module
    }


def _own(node: ast.stmt, listed: frozenset[str]) -> Iterator[tuple[str, str]]:
    for name, signature in _defined(node):
        first = name.partition(".")[0]
        if not first.startswith("_") and (not listed or first in listed):
            yield name, signature


def _defined(node: ast.stmt) -> Iterator[tuple[str, str]]:
    if isinstance(node, ast.FunctionDef):
        yield node.name, _signature(node)
    elif isinstance(node, ast.ClassDef):
        yield node.name, _class(node)
        for inner in node.body:
            if isinstance(inner, ast.FunctionDef) and not inner.name.startswith("_"):
                yield f"{node.name}.{inner.name}", _signature(inner)
    elif isinstance(node, ast.AnnAssign):
        yield ast.unparse(node.target), f": {ast.unparse(node.annotation)}"
    elif isinstance(node, ast.Assign):
        yield ast.unparse(node.targets[0]), ""


def _signature(node: ast.FunctionDef) -> str:
    returns = f" -> {ast.unparse(node.returns)}" if node.returns else ""
    return f"({ast.unparse(node.args)}){returns}"


def _class(node: ast.ClassDef) -> str:
    """Return what a class is made with: its fields, its members, or its ``__init__``."""
    fields = (ast.unparse(each) for each in node.body if isinstance(each, ast.AnnAssign))
    made = [ast.unparse(f.args) for f in _functions(node) if f.name == "__init__"]
    members = (ast.unparse(each.targets[0]) for each in node.body if isinstance(each, ast.Assign))
    shown = made or [field for field in fields if not field.startswith("_")] or [*members]
    return f"({', '.join(shown)})"


def _functions(node: ast.ClassDef) -> Iterator[ast.FunctionDef]:
    return (each for each in node.body if isinstance(each, ast.FunctionDef))


def page() -> str:
    """Return the page of all public names."""
    parts = [INTRODUCTION]
    for module, use in MODULES.items():
        lines = "\n".join(f"{name}{signature}" for name, signature in _names(module))
        parts.append(f"## sothat.{module}\n\nFor {use}.\n\n```text\n{lines}\n```\n")
    return "\n".join(parts)


def listing() -> str:
    """Return all names as the last release keeps them."""
    return "".join(f"{name}{signature}\n" for name, signature in public_names().items())


def broken(released: str, now: str) -> tuple[str, ...]:
    """Return the names of a release that are gone or called in another way."""
    still = frozenset(now.splitlines())
    return tuple(_name(line) for line in released.splitlines() if line not in still)


def _name(line: str) -> str:
    return line.partition("(")[0].partition(":")[0]


def undeclared(names: tuple[str, ...], changelog: str) -> tuple[str, ...]:
    """Return those that the changelog's next release names neither as removed nor as changed."""
    _, _, unreleased = changelog.partition("## Unreleased")
    unreleased = unreleased.partition("\n## ")[0]
    said = [
        part
        for part in unreleased.split("\n### ")
        if part.startswith(("Removed", "Changed", "Deprecated"))
    ]
    return tuple(name for name in names if not any(f"`{name}`" in part for part in said))


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
    if "--release" in sys.argv:
        RELEASED.write_text(listing(), encoding="utf-8")
