"""The examples of server/deploy start the server with options that it has."""

from __future__ import annotations

import argparse
import json
import re
import shlex
from pathlib import Path

import pytest

from server import cluster_command
from server.options import add_serve_options, settings_from
from tests.support.paths import ROOT

DEPLOY = ROOT / "server" / "deploy"
SECRET = "0123456789abcdef"


def of_dockerfile() -> list[str]:
    text = (DEPLOY / "Dockerfile").read_text(encoding="utf-8")
    entry, command = (re.search(rf"^{name} (\[.*\])$", text, re.MULTILINE) for name in ("ENTRYPOINT", "CMD"))
    assert entry
    assert command
    program, serve, *options = json.loads(entry[1])
    assert (program, serve) == ("sightline", "serve")
    return [*options, *json.loads(command[1])]


def of_compose() -> list[str]:
    return re.findall(r"^ +- (--\S+)$", (DEPLOY / "compose.yaml").read_text(encoding="utf-8"), re.MULTILINE)


def of_systemd() -> list[str]:
    found = re.search(r"^ExecStart=(.*)$", (DEPLOY / "sightline.service").read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    _, serve, *options = shlex.split(found[1])
    assert serve == "serve"
    return options


def test_every_example_uses_options_that_exist(tmp_path: Path) -> None:
    (tmp_path / "token").write_text(SECRET)
    parser = argparse.ArgumentParser()
    add_serve_options(parser)
    examples = [of_dockerfile(), of_compose(), of_systemd()]
    for options in examples:
        assert options
        known = [option.replace("/run/secrets/metrics-token", str(tmp_path / "token")) for option in options]
        settings_from(parser.parse_args(known))


def test_the_cluster_of_the_compose_file_is_started_with_options_that_exist() -> None:
    text = (DEPLOY / "compose.yaml").read_text(encoding="utf-8")
    found = re.search(r"sightline cluster (.*?) &&", text)
    assert found
    parser = argparse.ArgumentParser()
    cluster_command.add_arguments(parser)
    assert parser.parse_args(found[1].split()).head
    assert "--cluster=ray://ray:10001" in of_compose()


def test_the_name_that_prometheus_uses_is_one_that_the_server_answers_to() -> None:
    target = re.search(r'targets: \["(.*?)"\]', (DEPLOY / "prometheus.yml").read_text(encoding="utf-8"))
    assert target
    assert f"--allow-origin=http://{target[1]}" in of_compose()


@pytest.mark.parametrize("name", ["pyproject.toml", "constraints.txt", "README.md", "threads.py", "server", "web"])
def test_the_image_gets_what_the_wheel_is_made_of(name: str) -> None:
    assert f"!{name}" in (DEPLOY / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    assert (ROOT / name).exists()
