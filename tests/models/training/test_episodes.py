from pathlib import Path

import numpy as np
import pytest
import torch

from models.networks.registry import build, spec
from models.training.dataset import Rows, load_rows
from models.training.episodes import (
    FEWEST,
    FEWEST_TESTED,
    RidgeHead,
    episode_of,
    fit_ridge_head,
    measure,
    people_with_enough,
    train,
)
from tests.support.training_data import write_chunk

EYES = spec("eyes_aligned")


@pytest.fixture
def rows(tmp_path: Path) -> Rows:
    """One person to train on and one held out, with 16 images each; one with too few."""
    write_chunk(tmp_path / "labels_1", [1] * 16 + [20] * 16 + [2] * 5)
    return load_rows(tmp_path, EYES.uses)


def test_the_dual_answer_is_that_of_ridge_regression_by_hand() -> None:
    torch.manual_seed(0)
    gaze, embedding, truth = torch.randn(14, 2), torch.randn(14, 3), torch.randn(14, 2)
    fit, test = torch.arange(10), torch.arange(10, 14)
    ridge = RidgeHead()
    with torch.no_grad():
        found = ridge.answers(gaze, embedding, truth, fit, test)
        x, r = ridge.features(gaze, embedding), truth - gaze
        centred = x[fit] - x[fit].mean(dim=0)
        w = torch.linalg.solve(
            centred.T @ centred + ridge.log_lambda.exp() * torch.eye(5), centred.T @ (r[fit] - r[fit].mean(dim=0))
        )
        expected = gaze[test] + r[fit].mean(dim=0) + (x[test] - x[fit].mean(dim=0)) @ w
    torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-4)


def test_an_episode_tests_other_images_than_it_fits() -> None:
    episode = episode_of(np.arange(100, 116), np.random.default_rng(0))
    assert len(episode.fit) >= FEWEST
    assert len(episode.test) >= FEWEST_TESTED
    assert sorted([*episode.fit.tolist(), *episode.test.tolist()]) == list(range(16))


def test_only_people_with_enough_images_take_part(rows: Rows) -> None:
    (trained,) = people_with_enough(rows, held_out=False)
    assert set(rows.small["person"][trained].tolist()) == {1}
    assert len(people_with_enough(rows, held_out=True)) == 1


@pytest.mark.slow
def test_the_loss_goes_through_the_ridge_to_the_network_and_to_lambda(rows: Rows) -> None:
    net = build("eyes_aligned")
    ridge = fit_ridge_head(net, rows, EYES, steps=2)
    before = {name: p.detach().clone() for name, p in [*net.named_parameters(), *ridge.named_parameters()]}
    train(net, ridge, rows, EYES, steps=2)
    after = dict([*net.named_parameters(), *ridge.named_parameters()])
    assert not torch.equal(after["log_lambda"], before["log_lambda"])
    assert not torch.equal(after["branch.0.weight"], before["branch.0.weight"])
    assert np.isfinite(measure(net, ridge, rows, EYES))


def test_too_few_images_of_each_person_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    write_chunk(tmp_path / "labels_1", [1, 2, 3])
    few = load_rows(tmp_path, EYES.uses)
    with pytest.raises(ValueError, match="several head poses"):
        train(build("eyes_aligned"), RidgeHead(), few, EYES, steps=1)
