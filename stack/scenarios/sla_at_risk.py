"""A ticket waits until its first response is nearly due."""

from functools import partial

from sothat.stack.faults import waiting_ticket
from sothat.stack.scenario import Scenario, Sign

SECONDS_LEFT = 120

SCENARIO = Scenario(
    name="sla-at-risk",
    summary="a customer waits, and the first response is nearly due",
    strike=partial(waiting_ticket, seconds_left=SECONDS_LEFT, priority="P2"),
    sign=Sign("business_support_response_seconds_left", lambda value: value <= SECONDS_LEFT),
    alert="SupportResponseDueSoon",
)
