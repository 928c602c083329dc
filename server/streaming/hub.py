"""From sessions to subscribers. A subscriber that reads slowly gets fewer samples; no other waits for it.

1. A session opens a channel, publishes messages to it by topic, and closes it.
2. A subscriber follows one session, or with None the newest live one, whichever that is at the time.
3. Publishing only writes into the subscribers' own places and never waits. Each subscriber's socket has its own task,
   which takes from there. Of gaze the newest wins.
4. Events (everything but gaze) must not overtake each other and must not be lost to the next gaze sample, so they
   queue, with a bound. They come before the gaze message they belong to.
5. A message is turned into JSON once for each view of it, not once for each subscriber.
6. The last message of a lasting state is kept, and sent to a subscriber that begins to follow the topic.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

from server.protocol.gaze import Gaze
from server.protocol.replies import encode, to_wire, type_of
from server.protocol.subscriber_view import WHOLE, Payload, Projection, ScreenLayout
from server.protocol.subscription import Subscribe, Topic
from server.protocol.types import FollowedAnswer, RequestId, ServerMessage
from server.settings import MAX_SUBSCRIBER_EVENTS
from server.streaming.latest import Closed, EventQueue

ANSWER = "answer"  # the topic of what goes to one subscriber only


class Message:
    """One message on its way to many. topic: that of its type unless given. beside: see `replies.to_wire`."""

    __slots__ = ("_beside", "_encoded", "content", "layout", "topic")

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
        self._encoded: dict[Projection, bytes] = {}

    def projected(self, view: Projection) -> Payload:
        return view.of(to_wire(self.content, **self._beside), self.layout)

    def encoded(self, view: Projection) -> bytes:
        """JSON as UTF-8."""
        done = self._encoded.get(view)
        if done is None:
            done = self._encoded[view] = encode(self.projected(view)).encode()
        return done


class Subscription:
    """What one subscriber has not taken yet: events in order, and the newest gaze message."""

    def __init__(self, session_id: str | None, wanted: Subscribe) -> None:
        self.session_id = session_id
        self.want(wanted)
        self._queue: EventQueue[Message] = EventQueue(MAX_SUBSCRIBER_EVENTS)
        self._due_ms: float | None = None

    def want(self, wanted: Subscribe) -> None:
        self.wanted = wanted
        self._view = wanted.view

    def encoded(self, message: Message) -> bytes:
        """JSON as UTF-8, in this subscriber's view. An answer has no view."""
        return message.encoded(WHOLE if message.topic == ANSWER else self._view)

    def put(self, message: Message) -> None:
        if message.topic not in self.wanted.topics:
            return
        if not isinstance(message.content, Gaze):
            self._queue.put_event(message)
        elif self._is_due(message.content.timestamp):
            self._queue.put(message)

    def put_answer(self, message: ServerMessage, request_id: RequestId | None = None) -> None:
        """What this subscriber asked for itself; in order with its events, whatever its topics."""
        self._queue.put_event(Message(message, topic=ANSWER, request_id=request_id))

    async def get(self) -> Message:
        """The oldest event, else the newest gaze message; waits when there is neither. Raises Closed at the end."""
        return await self._queue.get()

    def close(self) -> None:
        self._queue.close()

    def _is_due(self, captured_ms: float) -> bool:
        """On capture times: what the network does to the messages must not change which of them are taken."""
        if self.wanted.rate_hz is None:
            return True
        period_ms = 1000.0 / self.wanted.rate_hz
        due_ms = self._due_ms
        if due_ms is None or not -period_ms <= captured_ms - due_ms <= period_ms:
            self._due_ms = captured_ms + period_ms  # the first, or after a pause, or the clock was set
            return True
        if captured_ms < due_ms:
            return False
        self._due_ms = due_ms + period_ms  # not captured_ms + period: 20 a second of 30 stay 20, and don't become 15
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
        """Ends the session's channel and the subscriptions that name it; the others follow the next session."""
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
        """The session opened last among the live ones."""
        return next(reversed(self._channels), None)

    def __contains__(self, session_id: object) -> bool:
        return session_id in self._channels

    def latest(self, session_id: str) -> Message | None:
        """The session's newest gaze message; None when there was none yet. Raises KeyError for an unknown session."""
        return self._channels[session_id].latest

    @property
    def subscriber_count(self) -> int:
        return len(self._subscriptions)

    def subscribe(self, session_id: str | None, wanted: Subscribe | None = None) -> Subscription:
        """Raises KeyError when the session is named and not live."""
        if session_id is not None and session_id not in self._channels:
            raise KeyError(session_id)
        subscription = Subscription(session_id, Subscribe(topics=frozenset()))
        self._subscriptions.add(subscription)
        self.change(subscription, wanted or Subscribe())
        return subscription

    def change(self, subscription: Subscription, wanted: Subscribe) -> None:
        """From now on. Topics that are new to the subscriber begin with what lasts."""
        new_topics = wanted.topics - subscription.wanted.topics
        subscription.want(wanted)
        channel = self._channels.get(subscription.session_id or self.newest() or "")
        if channel is not None:
            for topic in sorted(new_topics & channel.lasting.keys()):
                subscription.put(channel.lasting[topic])

    def unsubscribe(self, subscription: Subscription) -> None:
        self._subscriptions.discard(subscription)

    async def follow(self, topics: frozenset[Topic]) -> AsyncIterator[ServerMessage]:
        """Messages of the newest session (2 above), in screen units, until the iterating task is cancelled.

        Of gaze the newest wins: a sample that arrives while the consumer is busy replaces the one that waits.
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
        """To all subscribers of this session and of the message's type; to none when the session has ended.

        layout: where the session's screen and viewport are at this time; None before its page has sent them.
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
