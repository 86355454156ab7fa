"""The exporter process: check everything, then serve until told to stop."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sothat.exporters.clock import SystemClock
from sothat.exporters.fleet import Fleet, Sources, open_sources
from sothat.exporters.settings import ExporterSettings, load_settings
from sothat.exporters.source import Collector, Context
from sothat.exporters.web import application
from sothat.model.problem import Position
from sothat.runtime.plugins import load_extensions
from sothat.runtime.serving import Address, Server, address_of, bind, parse_address

log = logging.getLogger(__name__)

GROUP = "sothat.exporters"
# Polls that are under way get this long to come back; one that hangs is left behind.
STOP_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says; ``listen`` wins over the configuration's."""

    config: Path
    data: Path | None
    listen: str | None
    version: str
    environment: Mapping[str, str]


def collector_types() -> Mapping[str, Collector]:
    """Return the installed types of collectors by name."""
    return {name: module.COLLECTOR for name, module in load_extensions(GROUP).items()}


def prepare(options: Options) -> tuple[ExporterSettings, Sources]:
    """Return the configuration and its sources, everything checked, nothing started.

    Raises:
        Unusable: The configuration cannot be used.
    """
    types = collector_types()
    settings = load_settings(options.config, types)
    folder = options.data or options.config.parent
    context = Context("", folder, options.environment, SystemClock())
    return settings, open_sources(settings.collectors, types, context)


def check(options: Options) -> str:
    """Check a configuration as `serve` would; return what it holds, in a sentence.

    Raises:
        Unusable: The configuration cannot be used.
    """
    settings, sources = prepare(options)
    _address(options, settings)
    for _, source in sources:
        source.close()
    names = ", ".join(entry.plan.name for entry, _ in sources)
    return f"{options.config}: fine, collectors: {names or 'none enabled'}"


def serve(options: Options) -> None:
    """Run the exporter until SIGTERM or SIGINT.

    Raises:
        Unusable: The configuration cannot be used, or the address is taken.
    """
    settings, sources = prepare(options)
    listener = bind(*_address(options, settings))
    fleet = Fleet(sources, SystemClock(), options.version)
    server = Server(application(fleet), listener)
    log.info("listening", extra={"address": str(address_of(listener))})
    fleet.start()
    server.run()
    ended = fleet.stop(STOP_SECONDS)
    log.info("stopped", extra={"polls_left_behind": not ended})


def _address(options: Options, settings: ExporterSettings) -> tuple[Address, Position | None]:
    if options.listen is not None:
        return parse_address(options.listen), None
    return settings.listen, settings.listen_position
