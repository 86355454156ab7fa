"""All entries together: which of them holds for a point of a product."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sothat.exporters.tuya.points import Point
from sothat.exporters.tuya.registry.entries import Entry, Meaning, meaning


@dataclass(frozen=True, slots=True)
class Product:
    """What is written of one product.

    Attributes:
        category: Tuya's, empty where the device itself says it.
        points: By number.
        codes: The points' codes, by number.
    """

    category: str
    points: Mapping[str, Entry]
    codes: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Entries by product, by category, by code; what comes first holds."""

    codes: Mapping[str, Entry] = field(default_factory=dict)
    categories: Mapping[str, Mapping[str, Entry]] = field(default_factory=dict)
    products: Mapping[str, Product] = field(default_factory=dict)

    def over(self, others: "Catalogue") -> "Catalogue":
        """Return this catalogue with another's entries in place of its own."""
        categories = {
            name: {**self.categories.get(name, {}), **others.categories.get(name, {})}
            for name in {*self.categories, *others.categories}
        }
        return Catalogue(
            {**self.codes, **others.codes}, categories, {**self.products, **others.products}
        )

    def meanings(
        self, product_id: str, category: str, points: Mapping[str, Point]
    ) -> Mapping[str, Meaning]:
        """Return what is known of a device's points, by number and by code.

        Args:
            product_id: Tuya's id of the product, empty where it is not known.
            category: Tuya's code of the category, empty where it is not known.
            points: What the device's own specification says, by number.
        """
        product = self.products.get(product_id)
        written = product.points if product else {}
        category = category or (product.category if product else "")
        found: dict[str, Meaning] = {}
        for number in {**points, **written}:
            code = product.codes.get(number, "") if product else ""
            point = points.get(number, Point(code))
            entry = written.get(number) or self._by_code(category, point.code)
            if entry:
                found[number] = meaning(entry, point)
                # The cloud tells values by code.
                found.setdefault(point.code, found[number])
        return found

    def entry(self, category: str, code: str) -> Entry | None:
        """Return what is written of a code."""
        return self._by_code(category, code)

    def _by_code(self, category: str, code: str) -> Entry | None:
        return self.categories.get(category, {}).get(code) or self.codes.get(code)
