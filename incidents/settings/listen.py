"""``listen``: where the service answers."""

from sothat.incidents.settings.section import Section, Source
from sothat.runtime.addresses import ADDRESS_SCHEMA
from sothat.runtime.serving import Address, parse_address

DEFAULT = "127.0.0.1:9781"


def address_of(source: Source) -> Address:
    """Return the address, the command line's if it gives one.

    Raises:
        Unusable: It is none.
    """
    if source.listen is not None:
        return parse_address(source.listen)
    text = source.node("listen", DEFAULT)
    return parse_address(text, source.document.position(["listen"]))


SECTION = Section("listen", "listen", ADDRESS_SCHEMA, address_of)
