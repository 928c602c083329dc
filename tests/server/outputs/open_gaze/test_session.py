from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import pytest
from msgspec import structs

from server.outputs.open_gaze.commands import MAX_POINTS, CalibrationSettings
from server.outputs.open_gaze.session import MAX_USER_CHARS, ClientSession, ShareUserData, TrackerFacts
from server.protocol.gaze import Gaze
from tests.support.gaze_messages import LOST_GAZE, VALID_GAZE, blink, mark

CONNECTED = TrackerFacts(session_id="s_1", screen_px=(1920, 1080), camera_px=(1280, 720))


def client_session(facts: TrackerFacts = CONNECTED, settings: CalibrationSettings | None = None) -> ClientSession:
    return ClientSession(facts=lambda: facts, calibration=settings or CalibrationSettings())


def answer(to: ClientSession, line: str) -> tuple[str, dict[str, str]]:
    element = ElementTree.fromstring(to.receive(line)[0])
    return element.tag, dict(element.attrib)


def record(of: ClientSession, gaze: Gaze = VALID_GAZE) -> dict[str, str]:
    line = of.record(gaze, origin_ms=1000.0, ticks=1)
    assert line is not None
    return dict(ElementTree.fromstring(line).attrib)


def test_nothing_is_sent_before_data_is_switched_on() -> None:
    client = client_session()
    assert client.record(VALID_GAZE, origin_ms=0.0, ticks=1) is None
    assert answer(client, '<SET ID="ENABLE_SEND_DATA" STATE="1" />') == (
        "ACK",
        {"ID": "ENABLE_SEND_DATA", "STATE": "1"},
    )
    assert record(client) == {}
    assert answer(client, '<SET ID="ENABLE_SEND_DATA" STATE="0" />')[1]["STATE"] == "0"
    assert client.record(VALID_GAZE, origin_ms=0.0, ticks=1) is None


def test_each_group_is_switched_on_and_off_and_can_be_asked_for() -> None:
    client = client_session()
    client.receive('<SET ID="ENABLE_SEND_DATA" STATE="1" />')
    assert answer(client, '<GET ID="ENABLE_SEND_COUNTER" />')[1]["STATE"] == "0"
    assert answer(client, '<SET ID="ENABLE_SEND_COUNTER" STATE="1" />')[1]["STATE"] == "1"
    assert answer(client, '<GET ID="ENABLE_SEND_COUNTER" />')[1]["STATE"] == "1"
    assert record(client) == {"CNT": "7"}
    client.receive('<SET ID="ENABLE_SEND_COUNTER" STATE="0" />')
    assert record(client) == {}


@pytest.mark.parametrize(
    ("command_id", "fields"),
    [
        ("TIME_TICK_FREQUENCY", {"FREQ": "10000000"}),
        ("SCREEN_SIZE", {"X": "0", "Y": "0", "WIDTH": "1920", "HEIGHT": "1080"}),
        ("CAMERA_SIZE", {"WIDTH": "1280", "HEIGHT": "720"}),
        ("SERIAL_ID", {"VALUE": "s_1"}),
        ("CALIBRATE_TIMEOUT", {"VALUE": "1.25000"}),
        ("CALIBRATE_RESULT_SUMMARY", {"AVE_ERROR": "0.00000", "VALID_POINTS": "0"}),
        ("USER_DATA", {"VALUE": "0", "DUR": "0"}),
    ],
)
def test_the_tracker_can_be_asked(command_id: str, fields: dict[str, str]) -> None:
    assert answer(client_session(), f'<GET ID="{command_id}" />') == ("ACK", {"ID": command_id, **fields})


@pytest.mark.parametrize(
    "line",
    [
        '<GET ID="MAKE_COFFEE" />',
        '<GET ID="ENABLE_SEND_THOUGHTS" />',
        '<SET ID="ENABLE_SEND_DATA" />',
        '<SET ID="ENABLE_SEND_DATA" STATE="on" />',
        '<SET ID="TIME_TICK_FREQUENCY" FREQ="1" />',
        '<SET ID="CALIBRATE_TIMEOUT" VALUE="soon" />',
        '<SET ID="CALIBRATE_TIMEOUT" VALUE="0" />',
        '<SET ID="CALIBRATE_DELAY" VALUE="-1" />',
        '<SET ID="CALIBRATE_ADDPOINT" X="0.5" />',
        '<SET ID="CALIBRATE_ADDPOINT" X="0.5" Y="1.5" />',
        '<SET ID="CALIBRATE_RESULT_SUMMARY" />',
        '<SET ID="CALIBRATE_EVERYTHING" />',
        '<SET ID="USER_DATA" VALUE="a" DUR="many" />',
        '<SET ID="SCREEN_SIZE" WIDTH="0" HEIGHT="many" />',
    ],
)
def test_a_wrong_command_gets_a_nack_with_its_name(line: str) -> None:
    tag, fields = answer(client_session(), line)
    assert tag == "NACK"
    assert set(fields) == {"ID"}
    assert fields["ID"] in line


def test_a_line_that_is_no_command_gets_a_nack_without_a_name() -> None:
    assert answer(client_session(), "hello") == ("NACK", {})


@pytest.mark.parametrize("command_id", ["SCREEN_SIZE", "CAMERA_SIZE"])
def test_without_a_camera_there_is_no_answer(command_id: str) -> None:
    assert answer(client_session(TrackerFacts()), f'<GET ID="{command_id}" />')[0] == "NACK"


def test_a_client_cannot_change_the_screen() -> None:
    tag, fields = answer(client_session(), '<SET ID="SCREEN_SIZE" X="0" Y="0" WIDTH="800" HEIGHT="600" />')
    assert (tag, fields["WIDTH"], fields["HEIGHT"]) == ("ACK", "1920", "1080")


def test_points_are_listed_cleared_and_reset_for_all_clients() -> None:
    settings = CalibrationSettings()
    one, other = client_session(settings=settings), client_session(settings=settings)
    assert answer(one, '<GET ID="CALIBRATE_ADDPOINT" />')[1]["PTS"] == "9"
    assert answer(one, '<SET ID="CALIBRATE_CLEAR" />')[1]["PTS"] == "0"
    answer(one, '<SET ID="CALIBRATE_ADDPOINT" X="0.1" Y="0.9" />')
    assert answer(other, '<GET ID="CALIBRATE_ADDPOINT" />')[1] == {
        **{"ID": "CALIBRATE_ADDPOINT", "PTS": "1"},
        **{"X1": "0.10000", "Y1": "0.90000"},
    }
    assert answer(other, '<SET ID="CALIBRATE_RESET" />')[1]["PTS"] == "9"


def test_the_number_of_points_is_limited() -> None:
    client = client_session()
    for _ in range(MAX_POINTS - 9):
        assert answer(client, '<SET ID="CALIBRATE_ADDPOINT" X="0.5" Y="0.5" />')[0] == "ACK"
    assert answer(client, '<SET ID="CALIBRATE_ADDPOINT" X="0.5" Y="0.5" />')[0] == "NACK"


def test_user_data_stays_or_goes_out_with_so_many_records() -> None:
    client = client_session()
    for group in ("DATA", "USER_DATA"):
        client.receive(f'<SET ID="ENABLE_SEND_{group}" STATE="1" />')
    _, action = client.receive('<SET ID="USER_DATA" VALUE="trial 3" />')
    assert action == ShareUserData("trial 3", 0)
    client.set_user_data("trial 3", 0)
    client.set_user_data("click", 2)
    assert [record(client)["USER"] for _ in range(4)] == ["click", "click", "trial 3", "trial 3"]


@pytest.mark.parametrize(
    ("sent", "shared"),
    [
        ('say "hi"', 'say "hi"'),
        ("a < b & c", "a < b & c"),
        ("tab\there", "tab here"),
        ("bell\x07", "bell "),
        ("a&#10;b", "a b"),
        ("a\u2028b", "a b"),
        ("größer", "größer"),
        ("x" * 300, "x" * 300),
        ("x" * 10_000, "x" * MAX_USER_CHARS),
        ("", ""),
    ],
)
def test_user_data_are_never_refused(sent: str, shared: str) -> None:
    text, action = client_session().receive(f'<SET ID="USER_DATA" VALUE="{sent}" DUR="1" />\r\n')
    assert action == ShareUserData(shared, 1)
    assert dict(ElementTree.fromstring(text).attrib) == {"ID": "USER_DATA", "VALUE": shared, "DUR": "1"}


def test_user_data_may_have_several_lines() -> None:
    client = client_session()
    assert client.receive('<SET ID="USER_DATA" VALUE="two\r\n') == ("", None)
    assert client.receive("or three\r\n") == ("", None)
    assert client.receive('lines" DUR="1" />\r\n')[1] == ShareUserData("two or three lines", 1)
    assert answer(client, '<GET ID="API_ID" />')[0] == "ACK"


def test_a_command_that_never_ends_does_not_swallow_the_next() -> None:
    client = client_session()
    assert client.receive('<SET ID="USER_DATA" VALUE="two\r\n') == ("", None)
    assert answer(client, '<GET ID="API_ID" />')[0] == "ACK"
    assert client.receive('<SET ID="USER_DATA" VALUE="two\r\n') == ("", None)
    assert answer(client, "x" * 2 * MAX_USER_CHARS)[0] == "NACK"


def test_a_client_that_sets_its_screen_gets_invalid_points_in_its_own_pixels() -> None:
    client = client_session()
    for group in ("DATA", "POG_BEST"):
        client.receive(f'<SET ID="ENABLE_SEND_{group}" STATE="1" />')
    assert float(record(client, LOST_GAZE)["BPOGX"]) * 1920 == -1
    answer(client, '<SET ID="SCREEN_SIZE" X="0" Y="0" WIDTH="1366" HEIGHT="768" />')
    assert float(record(client, LOST_GAZE)["BPOGX"]) * 1366 == -1
    assert record(client, VALID_GAZE)["BPOGX"] == "0.25000"


def test_the_pixels_of_a_point_without_gaze_stay_when_the_camera_leaves() -> None:
    facts = [CONNECTED]
    client = ClientSession(facts=lambda: facts[-1], calibration=CalibrationSettings())
    for group in ("DATA", "POG_BEST"):
        client.receive(f'<SET ID="ENABLE_SEND_{group}" STATE="1" />')
    record(client, VALID_GAZE)
    facts.append(TrackerFacts())
    assert float(record(client, LOST_GAZE)["BPOGX"]) * 1920 == -1


def test_a_mark_of_the_page_goes_out_with_one_record() -> None:
    client = client_session()
    for group in ("DATA", "USER_DATA"):
        client.receive(f'<SET ID="ENABLE_SEND_{group}" STATE="1" />')
    client.notice(mark("page 2"))
    assert [record(client)["USER"] for _ in range(2)] == ["page 2", "0"]


def test_blinks_of_the_last_minute_are_counted() -> None:
    client = client_session()
    for group in ("DATA", "BLINK"):
        client.receive(f'<SET ID="ENABLE_SEND_{group}" STATE="1" />')
    for end_ms in (1_000.0, 50_000.0, 61_000.0):
        client.notice(blink("end", end_ms, 200.0))
    blinking = structs.replace(LOST_GAZE, timestamp=62_000.0, event="blink")
    assert record(client, blinking) == {"BKID": "4", "BKDUR": "0.20000", "BKPMIN": "2"}
    assert record(client, structs.replace(VALID_GAZE, timestamp=62_100.0))["BKID"] == "0"
