"""All systems of the comparison: sizes, the spatial-weights mechanism, geometry, determinism."""

import pytest
import torch
from scipy.spatial.transform import Rotation

from models.face.camera import angles_to_vector as numpy_angles_to_vector
from models.networks import directions
from models.networks.backbones import AlexNetTrunk
from models.networks.eyes import EYE_EMBEDDING, AlignedEyesNet, EyeWindowsNet
from models.networks.full_face import FullFaceNet
from models.networks.fusion import FusionNet
from models.networks.head_pose import HeadPoseNet
from models.networks.inputs import GazeInputs, GazeOutput
from models.networks.registry import NETWORKS, build, mobilenetv2_112, resnet224, spec
from models.networks.spatial_weights import SpatialWeights

LARGE = {"alexnet448", "alexnet448_sw", "alexnet448_sw_2d"}


def inputs(face_px: int, n: int = 2, seed: int = 0) -> GazeInputs:
    rng = torch.Generator().manual_seed(seed)
    return GazeInputs(
        face=torch.randint(0, 256, (n, 3, face_px, face_px), dtype=torch.uint8, generator=rng),
        eyes=torch.randint(0, 256, (n, 2, 32, 64), dtype=torch.uint8, generator=rng),
        head=torch.randn(n, 3, generator=rng) * 0.2,
        centre=torch.randn(n, 3, generator=rng) * 0.1,
    )


@pytest.mark.parametrize(
    "name", [name if name not in LARGE else pytest.param(name, marks=pytest.mark.slow) for name in NETWORKS]
)
def test_every_network_answers_with_two_finite_numbers_and_always_the_same(name: str) -> None:
    torch.manual_seed(0)
    net, batch = build(name).eval(), inputs(spec(name).face_px)
    with torch.no_grad():
        first: GazeOutput = net(batch)
        again: GazeOutput = net(batch)
    assert first.gaze.shape == (2, 2)
    assert first.embedding.shape[0] == 2
    assert first.embedding.shape[1] <= 32
    assert torch.isfinite(first.gaze).all()
    torch.testing.assert_close(first.gaze, again.gaze, rtol=0, atol=0)


def test_a_name_that_is_not_there_is_refused_with_the_names_that_are() -> None:
    with pytest.raises(ValueError, match="resnet224_sw"):
        build("resnet_1000")


def test_the_mobile_network_has_the_published_number_of_parameters() -> None:
    assert round(sum(p.numel() for p in mobilenetv2_112().parameters()) / 1e6, 2) == 4.39


@pytest.mark.slow
def test_the_large_network_has_the_published_number_of_parameters() -> None:
    assert round(sum(p.numel() for p in build("alexnet448_sw").parameters()) / 1e6, 2) == 196.60


def test_the_maps_have_the_sizes_of_the_papers() -> None:
    assert mobilenetv2_112().eval().activations(torch.zeros(1, 3, 112, 112)).shape == (1, 256, 4, 4)
    assert resnet224().eval().activations(torch.zeros(1, 3, 224, 224)).shape == (1, 64, 14, 14)


def test_a_picture_does_not_fade_on_its_way_through_an_alexnet_that_has_learned_nothing() -> None:
    torch.manual_seed(0)
    picture = torch.randn(4, 3, 224, 224)
    with torch.no_grad():
        assert AlexNetTrunk()(picture).std() > 0.5


def test_spatial_weights_start_near_one() -> None:
    torch.manual_seed(0)
    layer = SpatialWeights(256)
    weights = layer.weight_map(torch.rand(4, 256, 4, 4))
    assert weights.shape == (4, 1, 4, 4)
    assert (weights - 1).abs().max() < 0.05
    assert abs(layer.conv1.weight.std().item() - 0.01) < 0.001
    assert abs(layer.conv3.weight.std().item() - 0.001) < 0.0002
    assert (layer.conv1.bias == 0.1).all()
    assert (layer.conv3.bias == 1.0).all()


def test_gradients_are_those_of_the_paper_with_one_over_n() -> None:
    """dL/dU = W dL/dV and dL/dW = (1/N) sum over c of U_c dL/dV_c, worked out by hand."""
    torch.manual_seed(1)
    n = 6
    layer = SpatialWeights(n)
    for conv in (layer.conv1, layer.conv2):  # W does not depend on U here, so the two gradients are separate
        torch.nn.init.zeros_(conv.weight)
    u = torch.rand(1, n, 3, 3, requires_grad=True)
    upstream = torch.rand(1, n, 3, 3)
    bias = layer.conv3.bias
    assert bias is not None
    (layer(u) * upstream).sum().backward()
    w = layer.weight_map(u).detach()
    torch.testing.assert_close(u.grad, w * upstream)
    torch.testing.assert_close(bias.grad, ((u.detach() * upstream).sum(dim=1) / n).sum().reshape(1))


def test_a_weight_of_one_everywhere_is_the_plain_network() -> None:
    torch.manual_seed(3)
    weighted, plain = resnet224().eval(), resnet224(spatial=False).eval()
    plain.load_state_dict({k: v for k, v in weighted.state_dict().items() if not k.startswith("spatial_weights")})
    assert weighted.spatial_weights is not None
    torch.nn.init.zeros_(weighted.spatial_weights.conv3.weight)  # leaves its bias, 1
    batch = inputs(224)
    with torch.no_grad():
        torch.testing.assert_close(weighted(batch).gaze, plain(batch).gaze)


def test_the_2d_network_sees_where_the_face_is() -> None:
    net = resnet224(task_2d=True).eval()
    batch = inputs(224)
    moved = batch._replace(centre=batch.centre + 0.2)
    with torch.no_grad():
        assert not torch.allclose(net(batch).gaze, net(moved).gaze)


def test_bytes_and_floats_give_the_same_answer() -> None:
    net, batch = resnet224().eval(), inputs(224)
    with torch.no_grad():
        torch.testing.assert_close(net(batch).gaze, net(batch._replace(face=batch.face.float())).gaze)


def test_the_embedding_is_the_hidden_layer_along_its_main_directions() -> None:
    net = resnet224()
    hidden = torch.randn(100, 1) @ torch.randn(1, 256) * 5 + torch.randn(100, 256) * 0.1
    net.fit_embedding(hidden)
    embedded = (hidden - net.embedding_mean) @ net.embedding_basis.T
    assert embedded.shape == (100, 16)
    assert embedded[:, 0].var() > 100 * embedded[:, 1].var()


def test_directions_agree_with_the_numpy_half_and_come_back() -> None:
    angles = torch.tensor([[0.1, -0.4], [-0.3, 0.2]])
    vectors = directions.angles_to_vector(angles)
    torch.testing.assert_close(
        vectors.double(), torch.from_numpy(numpy_angles_to_vector(angles.numpy())), atol=1e-6, rtol=0
    )
    torch.testing.assert_close(directions.vector_to_angles(vectors), angles)


def test_rotation_vectors_turn_as_scipy_s_do() -> None:
    rotations, vectors = torch.randn(5, 3), torch.randn(5, 3)
    expected = Rotation.from_rotvec(rotations.numpy()).apply(vectors.numpy())
    torch.testing.assert_close(
        directions.rotate(rotations, vectors).double(), torch.from_numpy(expected), atol=1e-5, rtol=0
    )
    torch.testing.assert_close(directions.rotate(torch.zeros(5, 3), vectors), vectors)


def test_the_head_alone_looks_where_the_face_points() -> None:
    """A head turned by 0.3 rad about the y axis of an OpenCV camera turns its nose towards -x: yaw -0.3."""
    batch = inputs(224)._replace(head=torch.tensor([[0.0, 0.3, 0.0], [0.2, 0.0, 0.0]]))
    gaze = HeadPoseNet(regression=False)(batch).gaze
    torch.testing.assert_close(gaze, torch.tensor([[0.0, -0.3], [-0.2, 0.0]]), atol=1e-6, rtol=0)


def test_exposure_does_not_change_what_aligned_eyes_say() -> None:
    net, batch = AlignedEyesNet().eval(), inputs(224)
    eyes = torch.rand(2, 2, 32, 64) * 100 + 20
    with torch.no_grad():
        first, brighter = net(batch._replace(eyes=eyes)), net(batch._replace(eyes=eyes * 1.5 + 10))
    torch.testing.assert_close(first.gaze, brighter.gaze, rtol=1e-3, atol=1e-4)


def test_mirrored_eyes_go_through_the_same_branch() -> None:
    """With both crops swapped and mirrored, the two halves of the joint input change places."""
    net = AlignedEyesNet().eval()
    seen: list[torch.Tensor] = []
    net.joint.register_forward_pre_hook(lambda _, given: seen.append(given[0]))
    batch = inputs(224, n=1)
    with torch.no_grad():
        net(batch)
        net(batch._replace(eyes=batch.eyes.flip(1).flip(3)))
    torch.testing.assert_close(seen[0][:, :96], seen[1][:, 96:192])


def test_a_flat_crop_gives_a_finite_answer() -> None:
    batch = inputs(224)._replace(eyes=torch.full((2, 2, 32, 64), 77.0))
    assert torch.isfinite(AlignedEyesNet().eval()(batch).gaze).all()


def test_one_eye_is_the_right_one() -> None:
    net, batch = EyeWindowsNet(both=False).eval(), inputs(224)
    other = batch.face.clone()
    other[..., 112:] = 0  # the right half of the picture shows the left eye
    with torch.no_grad():
        torch.testing.assert_close(net(batch).gaze, net(batch._replace(face=other)).gaze)


def test_a_fusion_begins_with_the_answer_of_its_eyes() -> None:
    net, batch = FusionNet(resnet224()).eval(), inputs(224)
    with torch.no_grad():
        fused, alone = net(batch), net.eyes(batch)
    torch.testing.assert_close(fused.gaze, alone.gaze)
    assert fused.eye_embedding is not None
    assert fused.eye_embedding.shape == (2, EYE_EMBEDDING)


def test_a_full_face_network_is_built_from_any_trunk() -> None:
    assert isinstance(build("mobilenetv2_112_sw"), FullFaceNet)
