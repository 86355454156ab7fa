"""The JSON Schema of each kind of document that people write, by the kind's name."""

import json
from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any

from sothat.exporters.business.form import KPIS, TABLES
from sothat.exporters.firmware import campaigns
from sothat.exporters.schema import full_schema
from sothat.exporters.service import installed_types
from sothat.exporters.tuya import inventory
from sothat.exporters.tuya.registry import loading
from sothat.generator.schemas import KINDS, schema_for
from sothat.incidents.channels import contact_schema, notifiers
from sothat.incidents.communication import reading as communication
from sothat.incidents.configuration import sections
from sothat.incidents.people import people_schema
from sothat.incidents.settings.section import schema_of
from sothat.incidents.tickets.tracker import systems
from sothat.live.reading import target
from sothat.maintenance import schema as maintenance
from sothat.reports import reading as reports
from sothat.stack import config as stack

from .blocks import ROOT

Schema = Mapping[str, Any]


@cache
def kinds() -> Mapping[str, Schema]:
    """Return the schema of each kind, those with installed extensions as they are installed."""
    found: dict[str, Schema] = {kind: schema_for(kind) for kind in KINDS}
    found |= {
        "Building": json.loads((ROOT / "simulator" / "building.schema.json").read_text("utf-8")),
        "Communication": communication.SCHEMA,
        "Deployment": target.SCHEMA,
        "Exporter": full_schema(installed_types()),
        "FirmwareCampaigns": campaigns.SCHEMA,
        "Incidents": schema_of(sections(notifiers(), systems())),
        "Inventory": inventory.SCHEMA,
        "KPIs": KPIS,
        "MaintenancePlan": maintenance.SCHEMA,
        "People": people_schema(contact_schema(notifiers())),
        "ReportOutline": reports.SCHEMA,
        "Stack": stack.SCHEMA,
        "Tables": TABLES,
        "TuyaProducts": loading.SCHEMA,
    }
    return MappingProxyType(dict(sorted(found.items())))
