import torch

from models.eye_net import HIDDEN, EyeNet


def test_shapes_and_determinism() -> None:
    net = EyeNet().eval()
    crops, head = torch.rand(3, 2, 32, 64) * 255, torch.zeros(3, 3)
    angles, hidden = net.angles_and_embedding(crops, head)
    assert angles.shape == (3, 2)
    assert hidden.shape == (3, HIDDEN)
    torch.testing.assert_close(net(crops, head), angles, rtol=0, atol=0)


def test_exposure_does_not_change_the_answer() -> None:
    net = EyeNet().eval()
    crops, head = torch.rand(1, 2, 32, 64) * 100 + 20, torch.zeros(1, 3)
    torch.testing.assert_close(net(crops, head), net(crops * 1.5 + 10, head), rtol=1e-3, atol=1e-4)


def test_mirrored_eyes_go_through_the_same_branch() -> None:
    """With both crops swapped and mirrored, the two halves of the joint input change places."""
    net = EyeNet().eval()
    seen = []
    net.joint.register_forward_pre_hook(lambda _, inputs: seen.append(inputs[0]))
    crops, head = torch.rand(1, 2, 32, 64) * 255, torch.zeros(1, 3)
    net(crops, head)
    net(crops.flip(1).flip(3), head)
    torch.testing.assert_close(seen[0][:, :64], seen[1][:, 64:128])


def test_a_flat_crop_gives_a_finite_answer() -> None:
    assert torch.isfinite(EyeNet().eval()(torch.full((1, 2, 32, 64), 77.0), torch.zeros(1, 3))).all()
