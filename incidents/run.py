"""The process: bind, open the store, serve until told to stop."""

import gc
import logging
import secrets
import socket

from sothat.incidents.configuration import Settings
from sothat.incidents.crew import Crew
from sothat.incidents.service import Service, prepare
from sothat.incidents.store.migrate import check_store
from sothat.runtime.live_web_config import LiveWebConfig
from sothat.runtime.serving import Server, address_of, bind

_LOG = logging.getLogger(__name__)


def check(settings: Settings) -> None:
    """Look at what serving would need beyond the configuration, without starting or changing it.

    Raises:
        Unusable: The store is there and cannot be used.
    """
    check_store(settings.store_url.reveal())


def serve(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT; call it in the main thread.

    Raises:
        Unusable: The address is taken or the store cannot be used; nothing was started.
    """
    for chatty in ("alembic", "uvicorn"):
        logging.getLogger(chatty).setLevel(logging.WARNING)
    listener = bind(settings.listen, settings.document.position(["listen"]))
    try:
        if settings.workers > 1:
            prepare(settings)
            _LOG.info("serving incidents", extra={"address": str(address_of(listener))})
            relay = f"sothat-{secrets.token_hex(16)}"
            Crew(settings.workers, lambda: _work(settings, listener, relay)).run()
        else:
            _work(settings, listener)
    finally:
        listener.close()
    _LOG.info("stopped")


def _work(settings: Settings, listener: socket.socket, relay: str = "") -> None:
    service = Service(settings, relay=relay)
    # What is there now stays: looking through it again and again would only take time.
    gc.collect()
    gc.freeze()
    service.start()
    if settings.workers == 1:
        _LOG.info("serving incidents", extra={"address": str(address_of(listener))})
    web = settings.web_config_file
    try:
        Server(service.app, listener, tls=LiveWebConfig(web).secured if web else None).run()
    finally:
        service.close()
