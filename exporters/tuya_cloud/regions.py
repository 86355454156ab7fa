"""Tuya's data centres."""

from collections.abc import Mapping

HOSTS: Mapping[str, str] = {
    "cn": "openapi.tuyacn.com",
    "us": "openapi.tuyaus.com",
    "us-e": "openapi-ueaz.tuyaus.com",
    "eu": "openapi.tuyaeu.com",
    "eu-w": "openapi-weaz.tuyaeu.com",
    "in": "openapi.tuyain.com",
    "sg": "openapi-sg.iotbing.com",
}
# Where each publishes messages (exporters/tuya_stream).
STREAMS: Mapping[str, str] = {
    "cn": "wss://mqe.tuyacn.com:8285/",
    "us": "wss://mqe.tuyaus.com:8285/",
    "us-e": "wss://mqe.tuyaus.com:8285/",
    "eu": "wss://mqe.tuyaeu.com:8285/",
    "eu-w": "wss://mqe.tuyaeu.com:8285/",
    "in": "wss://mqe.tuyain.com:8285/",
    "sg": "wss://mqe-sg.iotbing.com:8285/",
}
