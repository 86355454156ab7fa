"""The exporter process: check everything, then serve until told to stop."""

import json
import logging
import signal
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sothat.exporters.clock import SystemClock
from sothat.exporters.exporter import Exporter, Opened
from sothat.exporters.fleet import open_sources
from sothat.exporters.modules import open_modules
from sothat.exporters.schema import Types, full_schema
from sothat.exporters.settings import ExporterSettings, load_settings
from sothat.exporters.shard_settings import read_shard
from sothat.exporters.source import Checkable, Collector, Context, Prober
from sothat.exporters.web import application
from sothat.model.problem import Position, Problem, Unusable
from sothat.runtime.live_web_config import LiveWebConfig
from sothat.runtime.plugins import offered
from sothat.runtime.service_manager import ServiceManager
from sothat.runtime.serving import Address, Server, address_of, bind, parse_address
from sothat.runtime.web_access import Guard

log = logging.getLogger(__name__)

GROUP = "sothat.exporters"
PROBES = "sothat.probes"
# Polls that are under way get this long to come back; one that hangs is left behind.
STOP_SECONDS = 0.5
# Prometheus keeps its connection from scrape to scrape; handshakes cost more than idle sockets.
KEEP_ALIVE_SECONDS = 120


@dataclass(frozen=True, slots=True)
class Options:
    """What the command line says; ``listen`` wins over the configuration's.

    Attributes:
        web_config: File in exporter-toolkit's format: TLS, users.
    """

    config: Path
    data: Path | None
    listen: str | None
    version: str
    environment: Mapping[str, str]
    web_config: Path | None = None


def collector_types() -> Mapping[str, Collector]:
    """Return the installed types of collectors by name, each loaded when it is looked up."""
    return offered(GROUP, "COLLECTOR", Collector)


def installed_types() -> Types:
    """Return what is installed."""
    return Types(collector_types(), offered(PROBES, "PROBER", Prober))


def prepare(options: Options) -> Opened:
    """Return the configuration and what it names, everything checked, nothing started.

    Raises:
        Unusable: The configuration cannot be used.
    """
    types = installed_types()
    settings = load_settings(options.config, types)
    folder = options.data or options.config.parent
    shard = read_shard(settings.document, options.environment)
    context = Context("", folder, options.environment, SystemClock(), shard=shard)
    sources = open_sources(settings.collectors, types.collectors, context)
    try:
        return Opened(settings, sources, open_modules(settings.modules, types.probers, context))
    except BaseException:
        for _, source in sources:
            source.close()
        raise


def check(options: Options) -> str:
    """Check a configuration as `serve` would, and deeper; return what it holds, in a sentence.

    Raises:
        Unusable: The configuration cannot be used.
    """
    opened = prepare(options)
    _address(options, opened.settings)
    _web_config(options)
    problems = _deeper(opened)
    opened.close()
    if problems:
        raise Unusable(problems)
    names = ", ".join(entry.plan.name for entry, _ in opened.sources)
    modules = ", ".join(module.name for module in opened.modules)
    shown = f"{options.config}: fine, collectors: {names or 'none enabled'}"
    return f"{shown}; modules: {modules}" if modules else shown


def schema_text() -> str:
    """Return the JSON Schema of the configuration with all installed types."""
    return json.dumps(full_schema(installed_types()), indent=2, sort_keys=True)


def _deeper(opened: Opened) -> list[Problem]:
    checkable = [source for _, source in opened.sources if isinstance(source, Checkable)]
    return [problem for source in checkable for problem in source.check()]


def serve(options: Options) -> None:
    """Run the exporter until SIGTERM or SIGINT; SIGHUP reloads its configuration.

    Raises:
        Unusable: The configuration cannot be used, or the address is taken.
    """
    # Until there is a server that takes it: what is about to be read is the latest anyway.
    signal.signal(signal.SIGHUP, signal.SIG_IGN)
    opened = prepare(options)
    web = _web_config(options)
    listener = bind(*_address(options, opened.settings))
    manager = ServiceManager(options.environment)
    exporter = Exporter(opened, SystemClock(), options.version, lambda: prepare(options), manager)
    app = application(exporter)
    server = Server(
        Guard(app, web.now) if web else app,
        listener,
        keep_alive=KEEP_ALIVE_SECONDS,
        on_hangup=exporter.reload_soon,
        tls=web.secured if web else None,
        on_beat=manager.alive,
        beat_seconds=manager.beat_seconds,
    )
    address = address_of(listener)
    with server.heeding_signals():  # who reads that we listen may stop us at once
        log.info("listening", extra={"address": str(address)})
        exporter.start()
        manager.ready(f"serving at {address}")  # the socket listens already: nobody is turned away
        server.run()
        manager.stopping()
    ended = exporter.stop(STOP_SECONDS)
    log.info("stopped", extra={"polls_left_behind": not ended})


def _web_config(options: Options) -> LiveWebConfig | None:
    if options.web_config is None:
        return None
    return LiveWebConfig(options.web_config)


def _address(options: Options, settings: ExporterSettings) -> tuple[Address, Position | None]:
    if options.listen is not None:
        return parse_address(options.listen), None
    return settings.listen, settings.listen_position
