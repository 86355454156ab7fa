"""The way in: messages of sources go straight to the webhook, all else to the application.

A storm comes here, and nothing that people need – sessions, forms, templates – has any part in it.
"""

from sothat.incidents.web.webhook import PREFIX, Webhook
from starlette.types import ASGIApp, Receive, Scope, Send


class Front:
    """The ASGI application of the whole service."""

    def __init__(self, webhook: Webhook, rest: ASGIApp) -> None:
        self._webhook = webhook
        self._rest = rest

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        is_hook = scope["type"] == "http" and scope["path"].startswith(PREFIX)
        await (self._webhook if is_hook else self._rest)(scope, receive, send)
