from __future__ import annotations

import dataclasses
import xml.etree.ElementTree as ElementTree

import pytest
from msgspec import structs

from server.outputs.open_gaze.protocol import (
    GROUPS,
    NOWHERE,
    BadCommand,
    Blinks,
    Moment,
    OpenGazeCommand,
    encode,
    parse_command,
    record,
)
from server.protocol.gaze import Gaze
from tests.support.gaze_messages import LOST_GAZE, VALID_GAZE

MOMENT = Moment(
    origin_ms=1_000.0, ticks=123_456_789_012, user="0", blinks=Blinks(current_id=3, last_s=0.21, per_minute=9)
)


def fields(gaze: Gaze, *groups: str) -> dict[str, str]:
    """The record's fields, read by an XML parser."""
    line = record(gaze, frozenset(groups), MOMENT)
    assert line.endswith(" />\r\n")
    element = ElementTree.fromstring(line)
    assert element.tag == "REC"
    return dict(element.attrib)


@pytest.mark.parametrize(
    "line",
    [
        '<SET ID="ENABLE_SEND_DATA" STATE="1" />\r\n',
        '<SET ID="ENABLE_SEND_DATA"  STATE="1"/>',
        '  <set id="enable_send_data" state = "1" />',
        "<SET ID='ENABLE_SEND_DATA' STATE='1' />",
        '<SET ID="ENABLE_SEND_DATA" STATE="&#49;"></SET>',
    ],
)
def test_a_command_is_read_however_it_is_spaced_and_written(line: str) -> None:
    assert parse_command(line) == OpenGazeCommand("SET", "ENABLE_SEND_DATA", {"STATE": "1"})


def test_a_value_may_hold_what_xml_has_to_escape() -> None:
    command = parse_command('<SET ID="USER_DATA" VALUE="a &lt;b&gt; &amp;amp; &quot;c&quot; />" />')
    assert command.fields["VALUE"] == 'a <b> &amp; "c" />'


@pytest.mark.parametrize(
    "line",
    [
        "",
        "hello",
        "<GET />",
        '<GET ID="" />',
        '<GET ID="9LIVES" />',
        '<PUT ID="API_ID" />',
        '<GET ID="API_ID">',
        '<GET ID="API_ID" /><GET ID="API_ID" />',
        '<SET ID="USER_DATA" VALUE="a" b />',
        '<!DOCTYPE x [<!ENTITY a "b">]><GET ID="API_ID" />',
        '<GET ID="\x00" />',
        '<GET ID="&#0;" />',
        '<SET ID="CALIBRATE_DELAY" VALUE="<" />',
        '<SET ID="CALIBRATE_DELAY" VALUE="a\x07" />',
        '<?xml version="1.0"?><GET ID="API_ID" />',
        '<GET <!DOCTYPE x SYSTEM "file:///etc/passwd"> ID="API_ID" />',
        '<GET ID="API_ID" /><!DOCTYPE x>',
        '<GET ID="API_ID">API_ID</GET>',
        '<GET ID="API_ID"><GET ID="API_ID" /></GET>',
        '<GET ID="API_ID" ID="SERIAL_ID" />',
        '<GET xmlns="urn:x" ID="API_ID" />',
        '<GET x:ID="API_ID" />',
        '<GET ID="API_ID">' + 600 * "<a>" + 600 * "</a>" + "</GET>",
    ],
)
def test_a_line_that_is_no_command_is_refused(line: str) -> None:
    with pytest.raises(BadCommand) as refusal:
        parse_command(line)
    assert refusal.value.id is None


@pytest.mark.parametrize("value", ["a & b", "&xxe;", "&a &#x; &#12345678;", "a&"])
def test_an_ampersand_that_begins_no_entity_of_xml_stands_for_itself(value: str) -> None:
    assert parse_command(f'<SET ID="USER_DATA" VALUE="{value}" />').fields["VALUE"] == value


USER_TEXTS = [
    'say "hi"',
    "a < b",
    "a & b",
    'a="b" c="d" />',
    "<SET",
    "it's",
    "größer",
    "\U0001f440",
    "a\x07b",
    "a\nb",
    "  ",
]


@pytest.mark.parametrize("dur", ["", ' DUR="1"'])
@pytest.mark.parametrize("value", USER_TEXTS)
def test_user_data_may_be_any_text_without_escapes(value: str, dur: str) -> None:
    for end in (" />\r\n", "/>\r\n"):
        command = parse_command(f'<SET ID="USER_DATA" VALUE="{value}"{dur}{end}')
        assert (command.verb, command.id) == ("SET", "USER_DATA")
        assert " ".join(command.fields["VALUE"].split()) == " ".join(value.split())
        assert command.fields.get("DUR") == ("1" if dur else None)


def test_user_data_with_other_quotes_and_orders_are_read_too() -> None:
    command = parse_command("<SET ID='USER_DATA' DUR='2' VALUE='it's <b> &amp; c' />")
    assert command.fields == {"VALUE": "it's <b> & c", "DUR": "2"}


def test_a_line_of_the_server_is_ascii_and_is_split_at_blanks_between_fields_only() -> None:
    """PyGaze decodes each packet alone, and PsychoPy splits a line at blanks and at "="."""
    line = encode("ACK", {"ID": "USER_DATA", "VALUE": "größer = 5 \U0001f440", "DUR": 1})
    assert line.isascii()
    assert [token.count("=") for token in line.split()[1:-1]] == [1, 1, 1]
    assert ElementTree.fromstring(line).attrib["VALUE"] == "größer = 5 \U0001f440"


@pytest.mark.parametrize("screen_px", [(1920, 1080), (1366, 768), (2560, 1440), (1536, 864), (3840, 2160), (1024, 768)])
def test_a_best_point_without_gaze_is_the_pixel_that_pygaze_takes_for_invalid(screen_px: tuple[int, int]) -> None:
    moment = dataclasses.replace(MOMENT, screen_px=screen_px)
    found = ElementTree.fromstring(record(LOST_GAZE, frozenset({"POG_BEST"}), moment)).attrib
    assert found["BPOGV"] == "0"
    assert (float(found["BPOGX"]) * screen_px[0], float(found["BPOGY"]) * screen_px[1]) == (-1, -1)


@pytest.mark.parametrize("value", ["", "2", "-1", "true", "nan"])
def test_a_state_is_0_or_1(value: str) -> None:
    with pytest.raises(BadCommand, match="STATE") as refusal:
        parse_command(f'<SET ID="CALIBRATE_SHOW" STATE="{value}" />').flag()
    assert refusal.value.id == "CALIBRATE_SHOW"


@pytest.mark.parametrize("value", ["", "one", "nan", "inf", "-0.1", "1.1", "1e999"])
def test_a_number_lies_in_its_range(value: str) -> None:
    with pytest.raises(BadCommand, match="from 0 to 1"):
        parse_command(f'<SET ID="CALIBRATE_ADDPOINT" X="{value}" />').number("X", 0.0, 1.0)


def test_a_line_of_the_server_is_xml_whatever_the_values_are() -> None:
    line = encode("ACK", {"ID": "USER_DATA", "VALUE": "a<b> & \"c\" 'd'", "DUR": 1, "X": 0.1, "STATE": True})
    assert dict(ElementTree.fromstring(line).attrib) == {
        "ID": "USER_DATA",
        "VALUE": "a<b> & \"c\" 'd'",
        "DUR": "1",
        "X": "0.10000",
        "STATE": "1",
    }


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_nan_and_infinity_are_never_encoded(value: float) -> None:
    with pytest.raises(ValueError, match="no number"):
        encode("REC", {"BPOGX": value})


def test_a_record_has_the_groups_that_are_on_and_nothing_else() -> None:
    assert fields(VALID_GAZE) == {}
    assert fields(VALID_GAZE, "COUNTER", "TIME", "TIME_TICK") == {
        "CNT": "7",
        "TIME": "2.50000",
        "TIME_TICK": "123456789012",
    }
    assert set(fields(VALID_GAZE, *GROUPS)) >= {
        "CNT",
        "FPOGX",
        "LPOGX",
        "RPOGX",
        "BPOGX",
        "LPCX",
        "REYEZ",
        "CX",
        "USER",
    }


def test_points_are_fractions_of_the_screen_and_may_lie_outside_of_it() -> None:
    assert fields(VALID_GAZE, "POG_BEST") == {"BPOGX": "0.25000", "BPOGY": "1.12500", "BPOGV": "1"}


def test_a_fixation_has_its_start_and_duration_in_seconds() -> None:
    assert fields(VALID_GAZE, "POG_FIX") == {
        "FPOGX": "0.26000",
        "FPOGY": "1.10000",
        "FPOGS": "2.00000",
        "FPOGD": "0.50000",
        "FPOGID": "57",
        "FPOGV": "1",
    }


def test_between_fixations_nothing_old_is_repeated() -> None:
    saccade = structs.replace(VALID_GAZE, event="saccade", fixation=None)
    found = fields(saccade, "POG_FIX")
    assert (found["FPOGV"], found["FPOGID"], found["FPOGX"]) == ("0", "0", f"{NOWHERE:.5f}")


def test_each_eye_carries_the_common_point_and_is_valid_while_it_is_open() -> None:
    found = fields(VALID_GAZE, "POG_LEFT", "POG_RIGHT")
    assert (found["LPOGX"], found["LPOGV"]) == ("0.25000", "1")
    assert (found["RPOGX"], found["RPOGV"]) == ("-1.00000", "0")


def test_a_lost_face_has_no_valid_flag_and_no_place_on_the_screen() -> None:
    found = fields(LOST_GAZE, *GROUPS)
    assert {name for name, value in found.items() if name.endswith("V") and value != "0"} == set()
    for name in ("FPOGX", "FPOGY", "LPOGX", "LPOGY", "RPOGX", "RPOGY", "BPOGX", "BPOGY"):
        assert float(found[name]) == NOWHERE


def test_the_head_is_in_metres_and_the_pupil_never_valid() -> None:
    found = fields(VALID_GAZE, "EYE_LEFT", "PUPIL_LEFT")
    assert (found["LEYEX"], found["LEYEY"], found["LEYEZ"]) == ("0.01200", "-0.03500", "0.57100")
    assert (found["LPUPILV"], found["LPV"]) == ("0", "0")


def test_blinks_are_counted() -> None:
    assert fields(VALID_GAZE, "BLINK") == {"BKID": "3", "BKDUR": "0.21000", "BKPMIN": "9"}
