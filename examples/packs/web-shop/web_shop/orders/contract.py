"""Which metrics the orders have: alerts and boards may ask for these and no others."""

from sothat.model.metric import Contract, MetricFamily, MetricType

UP = MetricFamily("shop_orders_up", MetricType.GAUGE, "Whether the orders could be read.", "")
WAITING = MetricFamily("shop_orders_waiting", MetricType.GAUGE, "Orders that wait.", "")
OLDEST = MetricFamily(
    "shop_oldest_order_seconds", MetricType.GAUGE, "Age of the order that waits longest.", "seconds"
)


def contract() -> Contract:
    """Return all families."""
    return Contract("web-shop-orders", (UP, WAITING, OLDEST))
