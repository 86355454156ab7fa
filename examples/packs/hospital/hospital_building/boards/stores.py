"""Medicine and theatres: declared, checked like sothat's own boards."""

from sothat.dashboards.declared import board, group, line, tile

_SILENT = "no data: no sensor has spoken yet"

BOARD = board(
    "operational",
    "hospital-building-stores",
    "Medicine and theatres",
    "Is all medicine cold, and all air clean?",
    group(
        "Medicine",
        tile(
            "Warmest store",
            "Medicine is kept between 2 and 8 °C.",
            ("max(mqtt_value_medicine_celsius)", ""),
            empty=_SILENT,
            alerts=["MedicineStoreTooWarm"],
        ),
        tile(
            "Coldest store",
            "What has frozen is lost.",
            ("min(mqtt_value_medicine_celsius)", ""),
            empty=_SILENT,
            alerts=["MedicineStoreTooCold"],
        ),
        line(
            "Temperature of each store",
            "A door that stands open shows as a peak, a fault as a slope.",
            ("max by (store) (mqtt_value_medicine_celsius)", "{{store}}"),
            empty=_SILENT,
            alerts=["MedicineStoreTooWarm"],
        ),
    ),
    group(
        "Operating theatres",
        line(
            "Pressure above the corridor",
            "Air has to flow out of a theatre, never in.",
            ("min by (theatre) (mqtt_value_theatre_pressure_pascals)", "{{theatre}}"),
            empty=_SILENT,
            alerts=["TheatrePressureLost"],
        ),
        line(
            "Air changes an hour",
            "Falls slowly while a filter fills.",
            ("min by (theatre) (mqtt_value_theatre_air_changes_per_hour)", "{{theatre}}"),
            empty=_SILENT,
            alerts=["TheatreAirTooSlow"],
        ),
    ),
)
