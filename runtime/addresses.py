"""How an address to listen at is written."""

from typing import Any, Final

# JSON Schema of a setting that names one.
ADDRESS_SCHEMA: Final[dict[str, Any]] = {
    "type": "string",
    "pattern": r"^(\[[0-9A-Fa-f:.]+\]|[^:\[\]]*):[0-9]{1,5}$",
    "description": "HOST:PORT",
}
