"""Logs: one line a record, in both forms."""

import io
import json
import logging
import subprocess
import sys

from sothat.runtime.logs import JsonFormatter, LogfmtFormatter


def line(formatter: logging.Formatter) -> str:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    logger = logging.Logger("sothat.exporters.tuya")
    logger.addHandler(handler)
    logger.warning('two\nlines "quoted"', extra={"device": "plug 1", "code": 901})
    return stream.getvalue()


def test_json_is_one_object_a_line() -> None:
    text = line(JsonFormatter())
    assert text.count("\n") == 1
    record = json.loads(text)
    assert record["msg"] == 'two\nlines "quoted"'
    assert (record["logger"], record["device"], record["code"]) == ("exporters.tuya", "plug 1", 901)


def test_logfmt_quotes_what_needs_it() -> None:
    text = line(LogfmtFormatter())
    assert text.count("\n") == 1
    assert 'msg="two\\nlines \\"quoted\\"" device="plug 1" code=901' in text


def fail() -> None:
    try:
        int("token=hush")
    except ValueError as error:
        raise KeyError("outer") from error


def test_an_error_says_where_it_came_from_and_no_more() -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    logger = logging.Logger("sothat")
    logger.addHandler(handler)
    try:
        fail()
    except KeyError:
        logger.exception("failed")
    shown = json.loads(stream.getvalue())
    assert shown["error"] == "KeyError('outer')"
    innermost, outermost = shown["trace"].split(" < ")
    assert innermost.startswith("test_logs.py:")
    assert innermost.endswith(" fail")
    assert outermost.endswith(" test_an_error_says_where_it_came_from_and_no_more")
    assert "hush" not in stream.getvalue()


def test_a_servers_coloured_copy_of_the_message_is_left_out() -> None:
    record = logging.makeLogRecord(
        {"name": "uvicorn", "levelname": "INFO", "msg": "up", "color_message": "\x1b[36mup"}
    )
    assert "color" not in LogfmtFormatter().format(record)


ASK = """
import logging, httpx
from sothat.runtime.logs import configure_logs
configure_logs(level="debug")
def answer(request):
    return httpx.Response(200)
with httpx.Client(transport=httpx.MockTransport(answer)) as client:
    client.get("https://portal.example/reset/hush")
logging.getLogger("sothat.exporters").info("asked")
"""


def test_addresses_that_clients_ask_are_not_logged() -> None:
    # In a process of its own: logging is set up for a process as a whole.
    asked = subprocess.run([sys.executable, "-c", ASK], capture_output=True, text=True, check=True)
    assert "msg=asked" in asked.stderr
    assert "hush" not in asked.stderr
