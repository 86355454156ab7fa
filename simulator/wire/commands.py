"""Command numbers of the protocol that a device answers."""

from enum import IntEnum


class Command(IntEnum):
    """What a frame is about; the names are those of Tuya's own LAN header file."""

    SESS_KEY_NEG_START = 3
    SESS_KEY_NEG_RESP = 4
    SESS_KEY_NEG_FINISH = 5
    CONTROL = 7
    STATUS = 8
    HEART_BEAT = 9
    DP_QUERY = 10
    CONTROL_NEW = 13
    DP_QUERY_NEW = 16
    UPDATEDPS = 18
    LAN_EXT_STREAM = 64


QUERIES = frozenset({Command.DP_QUERY, Command.DP_QUERY_NEW})
CONTROLS = frozenset({Command.CONTROL, Command.CONTROL_NEW})
