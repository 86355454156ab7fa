"""What waits in the shop: declared, checked like sothat's own boards."""

from sothat.dashboards.declared import board, group, line, tile

_EMPTY = "no data: the collector web-shop-orders does not run"

BOARD = board(
    "operational",
    "web-shop-orders",
    "Shop: orders that wait",
    "Does every order leave in time?",
    group(
        "",
        tile(
            "Orders that wait",
            "Paid for, and not shipped yet.",
            ("sum(shop_orders_waiting)", ""),
            empty=_EMPTY,
            alerts=["ShopOrdersWait"],
        ),
        tile(
            "Oldest order",
            "How long the order has waited that waits longest.",
            ("max(shop_oldest_order_seconds)", ""),
            empty=_EMPTY,
            alerts=["ShopOrderStuck"],
        ),
        line(
            "Orders that wait, by server",
            "Where the queue grows.",
            ("shop_orders_waiting", "{{instance}}"),
            empty=_EMPTY,
            alerts=["ShopOrdersWait"],
        ),
    ),
)
