"""Forms that anybody may send: no proof of a page of ours, so a limit, and a trap for programs."""

import math
from urllib.parse import parse_qsl

from sothat.incidents.web.bodies import TooLarge, read_body
from sothat.incidents.web.gate import address_of
from sothat.incidents.web.problems import Failure
from sothat.incidents.web.tries import Tries
from starlette.requests import Request

_LARGEST = 64 * 1024
_MOST_FIELDS = 200
# People do not see this field; programs fill in whatever there is.
TRAP = "website"


async def open_fields(request: Request, tries: Tries) -> dict[str, str]:
    """Return what a form has sent; of a repeated field the values one a line.

    Raises:
        Failure: It is too large, or too many came from the address.
    """
    address = address_of(request)
    if wait := tries.wait(address):
        headers = {"Retry-After": str(math.ceil(wait))}
        raise Failure(429, "too many forms from this address; try again in a minute", **headers)
    tries.count(address)
    try:
        body = await read_body(request, _LARGEST)
        pairs = parse_qsl(
            body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS
        )
    except TooLarge as error:
        raise Failure(413, "the form is too long") from error
    except ValueError as error:
        raise Failure(400, "the form has too many fields") from error
    fields: dict[str, str] = {}
    for name, value in pairs:
        fields[name] = f"{fields[name]}\n{value}" if name in fields else value
    return fields
