"""A sign of an attack or a weakness; somebody who knows what to do about it must be called."""

from sothat.generator.kind import Kind
from sothat.generator.kinds._plain import THRESHOLD, expand

KIND = Kind(help="A sign of an attack or a weakness.", expand=expand, properties=THRESHOLD)
