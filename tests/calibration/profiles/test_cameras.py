from __future__ import annotations

import pytest

from calibration.profiles.cameras import without_serial


@pytest.mark.parametrize(
    "name",
    [
        "HD Webcam (1234:5678)",
        "Logitech HD Pro Webcam C920 (046d:082d)",
        "FaceTime HD Camera (Built-in) (05ac:8514)",
        "USB2.0 HD UVC WebCam",
        "Microsoft® LifeCam HD-3000",
        "Intel(R) RealSense(TM) Depth Camera 435 with RGB Module RGB",
        "1080p FHD 1920x1080",
        "OBS Virtual Camera",
        "Caméra intégrée",
    ],
)
def test_the_name_of_a_model_stays(name: str) -> None:
    assert without_serial(name) == name


@pytest.mark.parametrize(
    ("name", "left"),
    [
        ("Logitech BRIO 4F3A9B21", "Logitech BRIO"),
        ("Logitech BRIO (SN: 2040LZ0A1B)", "Logitech BRIO"),
        ("Webcam S/N 12-34-56", "Webcam"),
        ("Webcam serial number: AB12", "Webcam"),
        ("C922 Pro Stream Webcam #A1B2C3D4 (046d:085c)", "C922 Pro Stream Webcam (046d:085c)"),
        ("Cam 123456", "Cam"),
        ("Cam 00:1a:2b:3c:4d:5e", "Cam"),
        ("Cam 1b4e28ba-2fa1-11d2-883f-0016d3cca427", "Cam"),
        ("RealSense D435 [819112072345]", "RealSense D435"),
        ("0123456789AB", ""),
    ],
)
def test_a_serial_number_is_left_out(name: str, left: str) -> None:
    assert without_serial(name) == left
