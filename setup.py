"""Package discovery for the rooms: everything that a declaration in pyproject.toml cannot compute.

Each top-level room is importable as ``sothat.<room>``; the rooms, their packages and the built-in
extensions are found by looking, so that a new file needs no second place to be named in.
"""

from pathlib import Path

from setuptools import find_namespace_packages, setup

HERE = Path(__file__).parent

# Every room that may travel in the wheel, code and data alike.
KNOWN_ROOMS = (
    "alert_rules",
    "commands",
    "compiled",
    "dashboards",
    "examples",
    "exporters",
    "generator",
    "incidents",
    "live",
    "maintenance",
    "model",
    "reports",
    "runbooks",
    "runtime",
    "service_levels",
    "simulator",
    "stack",
)

ROOMS = tuple(room for room in KNOWN_ROOMS if (HERE / room).is_dir())

# Built-in extensions register exactly as a team's own do: each file of these patterns is one entry.
EXTENSIONS = {
    "sothat.boards": "dashboards/boards/*/*.py",
    "sothat.channels": "generator/channels/*.py",
    "sothat.checks": "generator/checks/*.py",
    "sothat.commands": "commands/*.py",
    "sothat.contracts": "exporters/**/contract.py incidents/contract.py live/*/contract.py",
    "sothat.emitters": "generator/emitters/*.py",
    "sothat.exporters": "exporters/*/collector.py",
    "sothat.importers": "incidents/moving/importers/*.py",
    "sothat.kinds": "generator/kinds/*.py",
    "sothat.probes": "exporters/*/probe.py exporters/*/probes/*.py",
    "sothat.notifiers": "incidents/notifiers/*.py",
    "sothat.scenarios": "stack/scenarios/*.py",
    "sothat.trackers": "incidents/tickets/systems/*.py",
}

# A module of this name is named after the folder that holds it.
NAMED_BY_FOLDER = {"collector", "contract", "probe"}


def room_packages() -> list[str]:
    """Return the dotted names of all packages below the rooms."""
    names: list[str] = []
    for room in ROOMS:
        names.append(f"sothat.{room}")
        names += [f"sothat.{room}.{inner}" for inner in find_namespace_packages(room)]
    return names


def entry_name(module: Path) -> str:
    """Return the extension's name: the file's stem, or its folder's."""
    by_folder = module.stem in NAMED_BY_FOLDER and not is_command(module)
    stem = module.parent.name if by_folder else module.stem
    # An underscore at the end only keeps a file from having the name of a Python keyword.
    return stem.rstrip("_").replace("_", "-")


def is_command(module: Path) -> bool:
    """Return whether a module is a subcommand, whatever its name (``sothat contract``)."""
    return module.parts[0] == "commands"


def entry_points() -> dict[str, list[str]]:
    """Return the entry points of all built-in extensions, and the command itself."""
    found = {"console_scripts": ["sothat = sothat.commands:main"]}
    for group, patterns in EXTENSIONS.items():
        modules = sorted(
            path.relative_to(HERE)
            for pattern in patterns.split()
            for path in HERE.glob(pattern)
            if not path.stem.startswith("_") and path.relative_to(HERE).parts[0] in ROOMS
        )
        modules = [m for m in modules if is_command(m) == (group == "sothat.commands")]
        found[group] = [
            f"{entry_name(m)} = sothat.{'.'.join(m.with_suffix('').parts)}" for m in modules
        ]
    return found


setup(
    packages=room_packages(),
    package_dir={f"sothat.{room}": room for room in ROOMS},
    package_data={"": ["*", "**/*"]},
    entry_points=entry_points(),
)
