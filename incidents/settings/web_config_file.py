"""``web_config_file``: TLS as exporter-toolkit has it, client certificates included."""

from pathlib import Path

from sothat.incidents.settings.section import PATH_SCHEMA, Section, Source
from sothat.model.problem import Unusable
from sothat.runtime.web_config import load_web_config


def _read(source: Source) -> Path | None:
    name = source.node("web_config_file")
    if name is None:
        return None
    path = source.folder / str(name)
    config = load_web_config(path)
    if config.users or config.rate_limit:
        message = "of a web configuration only TLS counts here"
        hint = "passwords are the business of 'webhook', 'sources' and 'api'"
        problem = source.document.problem("bad-value", message, ["web_config_file"], hint=hint)
        raise Unusable([problem])
    return path


SECTION = Section("web_config_file", "web_config_file", PATH_SCHEMA, _read)
