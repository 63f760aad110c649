"""Events arrive: each applied once, in the order of its aggregate, acknowledged after the commit.

What comes early waits in the database for those before it; what fails waits there too, is tried again with
growing delay and at last kept for a person with its error, readable and replayable: so one aggregate's failure
holds up no other. An outage is nobody's failure: the broker keeps the events until it is over.
"""

from libs.chassis.inbox.applying import Applier
from libs.chassis.inbox.consuming import Consumer
from libs.chassis.inbox.handlers import Handler, Heard, Subscriptions, owners_heard
from libs.chassis.inbox.parking import park
from libs.chassis.inbox.retries import replay_parked, retrying

__all__ = [
    "Applier",
    "Consumer",
    "Handler",
    "Heard",
    "Subscriptions",
    "owners_heard",
    "park",
    "replay_parked",
    "retrying",
]
