"""Passes messages from sessions to subscribers. A slow subscriber gets fewer samples and delays no other.

1. A session opens a channel, publishes messages to it by topic, and closes it.
2. A subscriber follows one session, or with None the newest live session at any time. Sessions of other servers
   (server/peers) are in the hub while they are read here. `local` subscribers do not follow those.
3. Publishing puts the message into the subscribers' subscriptions and never waits. Each subscriber's socket has a task
   that takes messages from its subscription. For gaze, the newest wins.
4. Events (all messages but gaze) must stay in order and must not be replaced by gaze, so they are queued, with a bound.
   They come before the gaze message they belong to.
5. A message is encoded as JSON once for each projection, not once for each subscriber.
6. The last message of a lasting state is kept, and sent to a subscriber that adds the topic.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

from server.protocol.gaze import STOPPED_STATUSES, Gaze, Status
from server.protocol.geometry import ScreenLayout
from server.protocol.replies import encode, to_wire, type_of
from server.protocol.subscriber_view import WHOLE, Payload, Projection
from server.protocol.subscription import Subscribe, Topic
from server.protocol.types import FollowedAnswer, RequestId, ServerMessage
from server.settings import MAX_SUBSCRIBER_EVENTS
from server.streaming.latest import Closed, EventQueue

Placed = tuple[ServerMessage, ScreenLayout | None]  # a message, and the layout at its time
ANSWER = "answer"  # the topic of messages for one subscriber only


class Message:
    """One message for many subscribers. topic: by default its type. beside: see `replies.to_wire`.

    lasting: later subscribers get it, too.
    """

    __slots__ = ("_beside", "_encoded", "_payload", "content", "lasting", "layout", "topic")

    def __init__(
        self,
        content: ServerMessage,
        layout: ScreenLayout | None = None,
        *,
        topic: str | None = None,
        lasting: bool = False,
        **beside: RequestId | None,
    ) -> None:
        self.content = content
        self.lasting = lasting
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
    """The messages that wait for one subscriber: events in order, and the newest gaze message.

    local: it follows sessions of this server only. relays: it is another server.
    """

    def __init__(
        self, session_id: str | None, request: Subscribe, *, local: bool = False, relays: bool = False
    ) -> None:
        self.session_id = session_id
        self.local = local
        self.relays = relays
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
        self.put_event(Message(message, topic=ANSWER, request_id=request_id))

    def put_event(self, message: Message) -> None:
        """Queues it regardless of its topic."""
        self._queue.put_event(message)

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
    """listed: whether a subscriber that names no session may get it. is_remote: it belongs to another server."""

    started_ms: float = 0.0
    is_remote: bool = False
    listed: bool = True
    latest: Message | None = None
    lasting: dict[str, Message] = field(default_factory=dict)


class GazeHub:
    def __init__(self) -> None:
        self._channels: dict[str, _Channel] = {}  # in the order of opening
        self._subscriptions: set[Subscription] = set()

    def open(self, session_id: str, *, started_ms: float = 0.0, remote: bool = False, listed: bool = True) -> None:
        """started_ms: the newest session is the one that started last, and of equal ones that was opened last."""
        self._channels[session_id] = _Channel(started_ms, remote, listed)

    def close(self, session_id: str) -> None:
        """Ends the session's channel and the subscriptions that name it. The others follow the next session."""
        was_newest = {local: self.newest(local=local) == session_id for local in (False, True)}
        self._channels.pop(session_id, None)
        for subscription in self._subscriptions:
            if subscription.session_id == session_id:
                subscription.close()
            elif subscription.session_id is None and was_newest[subscription.local]:
                now_followed = self._channels.get(self.newest(local=subscription.local) or "")
                for message in now_followed.lasting.values() if now_followed is not None else ():
                    subscription.put(message)

    def newest(self, *, local: bool = False) -> str | None:
        """The live session that began last. local: of this server."""
        newest: tuple[float, str] | None = None
        for session_id, channel in self._channels.items():
            counts = channel.listed and not (local and channel.is_remote)
            if counts and (newest is None or channel.started_ms >= newest[0]):
                newest = channel.started_ms, session_id
        return None if newest is None else newest[1]

    def started_ms(self, session_id: str) -> float:
        """Raises KeyError for an unknown session."""
        return self._channels[session_id].started_ms

    def __contains__(self, session_id: object) -> bool:
        return session_id in self._channels

    def latest(self, session_id: str) -> Message | None:
        """The session's newest gaze message, None before the first. Raises KeyError for an unknown session."""
        return self._channels[session_id].latest

    def state(self, session_id: str) -> tuple[Sequence[Message], Message | None]:
        """The lasting messages, and the newest gaze message. Raises KeyError for an unknown session."""
        channel = self._channels[session_id]
        return tuple(channel.lasting.values()), channel.latest

    def restore(self, session_id: str, lasting: Sequence[Placed], latest: Placed | None) -> None:
        """Takes the state of a session of another server. What is new in it goes to the subscribers, except gaze, which
        may be old."""
        channel = self._channels.get(session_id)
        if channel is None:
            return
        for content, layout in lasting:
            known = channel.lasting.get(type_of(content))
            if known is None or known.content != content:
                self.publish(session_id, content, lasting=True, layout=layout)
        if latest is not None:
            channel.latest = Message(*latest)

    def is_read(self, session_id: str) -> bool:
        newest = self.newest()
        return any((one.session_id or (None if one.local else newest)) == session_id for one in self._subscriptions)

    def follows_newest(self) -> bool:
        """Whether a subscriber follows the newest session of all servers."""
        return any(one.session_id is None and not one.local for one in self._subscriptions)

    @property
    def subscriber_count(self) -> int:
        """Without other servers."""
        return sum(not one.relays for one in self._subscriptions)

    def subscribe(
        self, session_id: str | None, request: Subscribe | None = None, *, local: bool = False, relays: bool = False
    ) -> Subscription:
        """Raises KeyError when the session is named and not live."""
        if session_id is not None and session_id not in self._channels:
            raise KeyError(session_id)
        subscription = Subscription(session_id, Subscribe(topics=frozenset()), local=local, relays=relays)
        self._subscriptions.add(subscription)
        self.change(subscription, request or Subscribe())
        return subscription

    def change(self, subscription: Subscription, request: Subscribe) -> None:
        """Changes the subscription from now on. New topics begin with their lasting message."""
        new_topics = request.topics - subscription.request.topics
        subscription.set_request(request)
        channel = self._channels.get(subscription.session_id or self.newest(local=subscription.local) or "")
        if channel is not None:
            for topic in sorted(new_topics & channel.lasting.keys()):
                subscription.put(channel.lasting[topic])

    def unsubscribe(self, subscription: Subscription) -> None:
        self._subscriptions.discard(subscription)

    async def follow(self, topics: frozenset[Topic]) -> AsyncIterator[ServerMessage]:
        """Messages of this server's newest session, in screen units, until the iterating task is cancelled.

        For gaze, the newest wins: a sample that arrives while the consumer is busy replaces the one that waits.
        """
        subscription = self.subscribe(None, Subscribe(topics=topics), local=True)
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
        message = Message(content, layout, lasting=lasting, session=followed)
        if message.topic == "gaze":
            channel.latest = message
        elif lasting:
            channel.lasting[message.topic] = message
        newest = {local: self.newest(local=local) for local in (False, True)}
        for subscription in self._subscriptions:
            if (subscription.session_id or newest[subscription.local]) == session_id:
                subscription.put(message)
