"""A pretend Bloq.it, Blink and Blink Logistics, written from their documents alone, on one port.

May not import any other room of the project, so that no mistake of ours can agree with itself. Non-obvious choice: it is a
program first; tests in process use the same HTTP application that `serve` puts on a socket.
"""

from .app import create_app
from .clock import Clock
from .mail import Delivery, Sender, UndeliverableError
from .network import FIRST_BLOQ, FIRST_LOCKER, SECOND_BLOQ, SECOND_LOCKER
from .record import Effect, Record
from .serve import serve, served
from .settings import Settings
from .world import World

__all__ = [
    "FIRST_BLOQ",
    "FIRST_LOCKER",
    "SECOND_BLOQ",
    "SECOND_LOCKER",
    "Clock",
    "Delivery",
    "Effect",
    "Record",
    "Sender",
    "Settings",
    "UndeliverableError",
    "World",
    "create_app",
    "serve",
    "served",
]
