"""Blink Logistics' words on the wire: one tolerant model of every answer and webhook.

May not translate into our vocabulary. Non-obvious choice: answers and webhooks share the model, because the webhook's only
sample is the status answer, word for word (E6, K:246, 262).
"""

from typing import Annotated

from pydantic import BeforeValidator, Field

from ..tolerant import Id, Text, Tolerant, Whole, object_of
from ..words import TaskEvent


class Agent(Tolerant):
    """The driver (K:246)."""

    name: Text = None
    contact: Text = None


class TaskData(Tolerant):
    """The `data` of every answer and webhook (K:202, 246, 262; E6)."""

    task_id: Id = Field(alias="taskId")
    type: Whole = None
    mapping_key: Text = Field(default=None, alias="mappingKey")
    mapping_code: Text = Field(default=None, alias="mappingCode")
    reason: Text = None
    agent: Annotated[Agent, BeforeValidator(object_of)] = Agent()
    tracking_link: Text = Field(default=None, alias="trackingLink")


class TaskNews(Tolerant):
    """The envelope of every answer and webhook (K:202, 246)."""

    event_id: Whole = Field(default=None, alias="eventId")
    event: TaskEvent | None = None
    data: TaskData
