"""The registry of a collector, from its settings."""

from pathlib import Path

from sothat.exporters.source import Context, Settings
from sothat.exporters.tuya.registry.loading import load_products, standard
from sothat.exporters.tuya.registry.meters import Meters
from sothat.exporters.tuya.registry.reader import Registry


def open_registry(settings: Settings, context: Context) -> Registry:
    """Return the pack's registry, with the user's products and with meters that are kept.

    Raises:
        Unusable: A file cannot be read, or there is no folder for one.
    """
    catalogue = standard()
    if "products" in settings.values:
        catalogue = catalogue.over(load_products(settings.file("products", context)))
    if "meters" not in settings.values:
        return Registry(catalogue, Meters())
    path = context.folder / Path(settings.values["meters"])
    if not path.parent.is_dir():
        message = f"the folder of the meters' file {settings.values['meters']} is not there"
        raise settings.unusable("unusable-folder", message, "meters")
    return Registry(catalogue, Meters(path))
