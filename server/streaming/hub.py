"""Passes messages from sessions to subscribers. A slow subscriber gets fewer samples and delays no other.

1. A session opens a channel, publishes messages to it by topic, and closes it.
2. A subscriber follows one session, or with None the newest live session at any time.
3. Publishing puts the message into the subscribers' subscriptions and never waits. Each subscriber's socket has a task
   that takes messages from its subscription. For gaze, the newest wins.
4. Events (all messages but gaze) must stay in order and must not be replaced by gaze, so they are queued, with a bound.
   They come before the gaze message they belong to.
5. A message is encoded as JSON once for each projection, not once for each subscriber.
6. The last message of a lasting state is kept, and sent to a subscriber that adds the topic.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from server.protocol.gaze import STOPPED_STATUSES, Gaze, Status
from server.protocol.geometry import ScreenLayout
from server.protocol.replies import encode, to_wire, type_of
from server.protocol.subscriber_view import WHOLE, Payload, Projection
from server.protocol.subscription import Subscribe, Topic
from server.protocol.types import FollowedAnswer, RequestId, ServerMessage
from server.settings import MAX_SUBSCRIBER_EVENTS
from server.streaming.latest import Closed, EventQueue

ANSWER = "answer"  # the topic of messages for one subscriber only


class Message:
    """One message for many subscribers. topic: by default its type. beside: see `replies.to_wire`."""

    __slots__ = ("_beside", "_encoded", "_payload", "content", "layout", "topic")

    def __init__(
        self,
        content: ServerMessage,
        layout: ScreenLayout | None = None,
        *,
        topic: str | None = None,
        **beside: RequestId | None,
    ) -> None:
        self.content = content
        self.topic = topic or type_of(content)
        self.layout = layout
        self._beside = beside
        self._payload: Payload | None = None
        self._encoded: dict[Projection, bytes] = {}

    def projected(self, view: Projection) -> Payload:
        if self._payload is None:  # converted once for all projections, and only if a subscriber takes the message
            self._payload = to_wire(self.content, **self._beside)
        return self._payload if view == WHOLE else view.of(self._payload, self.layout)

    def encoded(self, view: Projection) -> bytes:
        """JSON as UTF-8."""
        encoded = self._encoded.get(view)
        if encoded is None:
            encoded = self._encoded[view] = encode(self.projected(view)).encode()
        return encoded


class Subscription:
    """The messages that wait for one subscriber: events in order, and the newest gaze message."""

    def __init__(self, session_id: str | None, request: Subscribe) -> None:
        self.session_id = session_id
        self.set_request(request)
        self._queue: EventQueue[Message] = EventQueue(MAX_SUBSCRIBER_EVENTS)
        self._due_ms: float | None = None
        self._status: Status | None = None  # of the last sample that was put

    def set_request(self, request: Subscribe) -> None:
        self.request = request
        self._view = request.view

    def encoded(self, message: Message) -> bytes:
        """JSON as UTF-8, in this subscriber's projection. An answer is not projected."""
        return message.encoded(WHOLE if message.topic == ANSWER else self._view)

    def put(self, message: Message) -> None:
        if message.topic not in self.request.topics:
            return
        if not isinstance(message.content, Gaze):
            self._queue.put_event(message)
        # A stop is sent at any rate: no later sample would replace the one before it.
        elif self._is_due(message.content.timestamp) or self._stops(message.content.status):
            self._status = message.content.status
            self._queue.put(message)

    def put_answer(self, message: ServerMessage, request_id: RequestId | None = None) -> None:
        """Queues the answer to this subscriber's request with its events, regardless of its topics."""
        self._queue.put_event(Message(message, topic=ANSWER, request_id=request_id))

    async def get(self) -> Message:
        """Waits for the oldest event, or else the newest gaze message. Raises Closed at the end."""
        return await self._queue.get()

    def close(self) -> None:
        self._queue.close()

    def _stops(self, status: Status) -> bool:
        return status in STOPPED_STATUSES and status != self._status

    def _is_due(self, captured_ms: float) -> bool:
        """Whether the requested rate includes this sample. By capture time, so network jitter does not matter."""
        if self.request.rate_hz is None:
            return True
        period_ms = 1000.0 / self.request.rate_hz
        due_ms = self._due_ms
        if due_ms is None or not -period_ms <= captured_ms - due_ms <= period_ms:
            self._due_ms = captured_ms + period_ms  # the first sample, or after a pause, or the clock was set
            return True
        if captured_ms < due_ms:
            return False
        self._due_ms = due_ms + period_ms  # captured_ms + period_ms would make 15 a second out of 30 when 20 are due
        return True


@dataclass(slots=True)
class _Channel:
    latest: Message | None = None
    lasting: dict[str, Message] = field(default_factory=dict)


class GazeHub:
    def __init__(self) -> None:
        self._channels: dict[str, _Channel] = {}  # in the order of opening
        self._subscriptions: set[Subscription] = set()

    def open(self, session_id: str) -> None:
        self._channels[session_id] = _Channel()

    def close(self, session_id: str) -> None:
        """Ends the session's channel and the subscriptions that name it. The others follow the next session."""
        was_newest = self.newest() == session_id
        self._channels.pop(session_id, None)
        now_followed = self._channels.get(self.newest() or "") if was_newest else None
        for subscription in self._subscriptions:
            if subscription.session_id == session_id:
                subscription.close()
            elif subscription.session_id is None and now_followed is not None:
                for message in now_followed.lasting.values():
                    subscription.put(message)

    def newest(self) -> str | None:
        """The live session that was opened last."""
        return next(reversed(self._channels), None)

    def __contains__(self, session_id: object) -> bool:
        return session_id in self._channels

    def latest(self, session_id: str) -> Message | None:
        """The session's newest gaze message, None before the first. Raises KeyError for an unknown session."""
        return self._channels[session_id].latest

    @property
    def subscriber_count(self) -> int:
        return len(self._subscriptions)

    def subscribe(self, session_id: str | None, request: Subscribe | None = None) -> Subscription:
        """Raises KeyError when the session is named and not live."""
        if session_id is not None and session_id not in self._channels:
            raise KeyError(session_id)
        subscription = Subscription(session_id, Subscribe(topics=frozenset()))
        self._subscriptions.add(subscription)
        self.change(subscription, request or Subscribe())
        return subscription

    def change(self, subscription: Subscription, request: Subscribe) -> None:
        """Changes the subscription from now on. New topics begin with their lasting message."""
        new_topics = request.topics - subscription.request.topics
        subscription.set_request(request)
        channel = self._channels.get(subscription.session_id or self.newest() or "")
        if channel is not None:
            for topic in sorted(new_topics & channel.lasting.keys()):
                subscription.put(channel.lasting[topic])

    def unsubscribe(self, subscription: Subscription) -> None:
        self._subscriptions.discard(subscription)

    async def follow(self, topics: frozenset[Topic]) -> AsyncIterator[ServerMessage]:
        """Messages of the newest session (2 above), in screen units, until the iterating task is cancelled.

        For gaze, the newest wins: a sample that arrives while the consumer is busy replaces the one that waits.
        """
        subscription = self.subscribe(None, Subscribe(topics=topics))
        try:
            while True:
                yield (await subscription.get()).content
        except Closed:
            return
        finally:
            self.unsubscribe(subscription)

    def publish(
        self,
        session_id: str,
        content: ServerMessage,
        *,
        lasting: bool = False,
        layout: ScreenLayout | None = None,
    ) -> None:
        """Sends to all subscribers of this session and of the message's type. Does nothing when the session has ended.

        layout: the session's screen and viewport at this time; None before its page has sent them.
        """
        channel = self._channels.get(session_id)
        if channel is None:
            return
        followed = session_id if isinstance(content, FollowedAnswer) else None
        message = Message(content, layout, session=followed)
        if message.topic == "gaze":
            channel.latest = message
        elif lasting:
            channel.lasting[message.topic] = message
        newest = self.newest()
        for subscription in self._subscriptions:
            if (subscription.session_id or newest) == session_id:
                subscription.put(message)
