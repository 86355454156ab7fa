"""TLS to a server, as a collector's setting `tls` asks for it."""

import ssl
from collections.abc import Mapping
from typing import Any

from sothat.exporters.source import Context, Settings

_FILE = {"type": "string", "minLength": 1}
TLS_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "additionalProperties": False,
    "dependentRequired": {"key_file": ["cert_file"], "cert_file": ["key_file"]},
    "properties": {
        "ca_file": _FILE,
        "cert_file": _FILE,
        "key_file": _FILE,
        "insecure_skip_verify": {"type": "boolean", "default": False},
    },
}


def client_tls(settings: Settings, context: Context) -> ssl.SSLContext | None:
    """Return the context of the setting ``tls``, None where it is absent.

    Raises:
        Unusable: A file cannot be read or used.
    """
    if "tls" not in settings.values:
        return None
    inner = Settings(settings.document, [*settings.path, "tls"])
    files = {
        name: str(inner.file(name, context)) for name in inner.values if name.endswith("_file")
    }
    made = ssl.create_default_context()
    if inner.values.get("insecure_skip_verify", False):
        made.check_hostname = False
        made.verify_mode = ssl.CERT_NONE
    try:
        if "ca_file" in files:
            made.load_verify_locations(files["ca_file"])
        if "cert_file" in files:
            made.load_cert_chain(files["cert_file"], files["key_file"])
    except (ssl.SSLError, OSError) as error:
        message = f"the files of 'tls' cannot be used: {error}"
        raise settings.unusable("unusable-certificate", message, "tls") from error
    return made
