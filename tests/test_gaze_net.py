import torch

from models.gaze_net import FullFaceNet, SpatialWeights


def test_the_network_has_the_papers_number_of_parameters() -> None:
    assert round(sum(p.numel() for p in FullFaceNet().parameters()) / 1e6, 2) == 4.39


def test_the_map_before_the_spatial_weights_is_256_by_4_by_4() -> None:
    net = FullFaceNet().eval()
    assert net.reduce(net.backbone(torch.zeros(1, 3, 112, 112))).shape == (1, 256, 4, 4)


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


def test_weights_of_one_leave_the_activations_as_they_are() -> None:
    layer = SpatialWeights(8)
    torch.nn.init.zeros_(layer.conv3.weight)
    u = torch.rand(2, 8, 5, 5)
    torch.testing.assert_close(layer(u), u)


def test_gradients_are_those_of_the_paper_with_one_over_n() -> None:
    """dL/dU = W dL/dV and dL/dW = (1/N) sum over c of U_c dL/dV_c, worked out by hand."""
    torch.manual_seed(1)
    n = 6
    layer = SpatialWeights(n)
    for conv in (layer.conv1, layer.conv2):  # W does not depend on U here, so both gradients can be told apart
        torch.nn.init.zeros_(conv.weight)
    u = torch.rand(1, n, 3, 3, requires_grad=True)
    upstream = torch.rand(1, n, 3, 3)
    bias = layer.conv3.bias
    (layer(u) * upstream).sum().backward()
    w = layer.weight_map(u).detach()
    torch.testing.assert_close(u.grad, w * upstream)
    torch.testing.assert_close(bias.grad, ((u.detach() * upstream).sum(dim=1) / n).sum().reshape(1))


def test_inference_is_deterministic_because_dropout_is_off() -> None:
    torch.manual_seed(2)
    net, face = FullFaceNet().eval(), torch.rand(1, 3, 112, 112) * 255
    torch.testing.assert_close(net(face), net(face), rtol=0, atol=0)
    net.train()
    assert not torch.equal(net.dropout(torch.ones(1000)), torch.ones(1000))


def test_bytes_and_floats_give_the_same_answer() -> None:
    net = FullFaceNet().eval()
    face = torch.randint(0, 256, (1, 3, 112, 112), dtype=torch.uint8)
    torch.testing.assert_close(net(face), net(face.float()))
