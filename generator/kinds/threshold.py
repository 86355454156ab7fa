"""A figure beyond a fixed limit."""

from sothat.generator.kind import Kind
from sothat.generator.kinds._plain import THRESHOLD, expand

KIND = Kind(help="A figure is beyond a fixed limit.", expand=expand, properties=THRESHOLD)
