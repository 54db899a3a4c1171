"""What other libraries and checkpoints call the tensors of an encoder."""

import pytest
import segmentation_models_pytorch as smp
import timm
import torchvision

from al_core.models.weights.naming import match


def encoder(name):
    return smp.encoders.get_encoder(name, in_channels=3, weights=None)


def own_names(name):
    return list(encoder(name).state_dict())


@pytest.fixture(scope="module")
def resnet():
    return own_names("resnet18")


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("resnet18", torchvision.models.resnet18),
        ("densenet121", torchvision.models.densenet121),
        ("mobilenet_v2", torchvision.models.mobilenet_v2),
    ],
)
def test_torchvision_calls_them_as_we_do_but_has_a_classifier(ours, theirs):
    other = theirs(weights=None).state_dict()
    found = match(own_names(ours), other)
    assert found.missing == ()
    assert found.foreign == ()
    assert all(mine == name for mine, name in found.names.items())
    assert {name.split(".")[0] for name in found.others} <= {"fc", "classifier"}


@pytest.mark.parametrize(
    ("ours", "theirs"),
    [
        ("resnet18", "resnet18"),
        ("densenet121", "densenet121"),
        ("mobilenet_v2", "mobilenetv2_100"),
        ("tu-resnet18", "resnet18"),
        ("tu-efficientnet_b0", "efficientnet_b0"),
    ],
)
def test_the_names_of_timm_lead_to_tensors_of_the_same_shape(ours, theirs):
    own = encoder(ours).state_dict()
    other = timm.create_model(theirs).state_dict()
    found = match(own, other)
    assert found.missing == ()
    assert found.foreign == ()
    assert len(set(found.names.values())) == len(own)
    assert all(own[mine].shape == other[name].shape for mine, name in found.names.items())


def test_the_blocks_of_mobilenet_in_timm_are_counted_by_stage():
    own = own_names("mobilenet_v2")
    names = match(own, timm.create_model("mobilenetv2_100").state_dict()).names
    assert names["features.0.0.weight"] == "conv_stem.weight"
    assert names["features.1.conv.1.weight"] == "blocks.0.0.conv_pw.weight"
    assert names["features.2.conv.0.0.weight"] == "blocks.1.0.conv_pw.weight"
    assert names["features.17.conv.3.bias"] == "blocks.6.0.bn3.bias"
    assert names["features.18.1.running_var"] == "bn2.running_var"


@pytest.mark.parametrize(
    "prefix", ["module.encoder_q.", "backbone.", "encoder.", "model.", "state_dict.module.encoder."]
)
def test_what_stands_before_the_names_is_found(resnet, prefix):
    given = [prefix + name for name in resnet] + [f"{prefix}fc.0.weight", "queue", "epoch"]
    found = match(resnet, given)
    assert found.names == {name: prefix + name for name in resnet}
    assert found.missing == found.foreign == ()
    assert found.others == (f"{prefix}fc.0.weight", "epoch", "queue")


@pytest.mark.parametrize(
    ("wanted", "other"),
    [
        ("module.encoder_q.", "module.encoder_k."),
        ("backbone.", "backbone_momentum."),
        ("student.backbone.", "teacher.backbone."),
    ],
)
def test_of_two_encoders_the_one_that_learns_is_taken(resnet, wanted, other):
    given = [prefix + name for prefix in (other, wanted) for name in resnet]
    assert match(resnet, given).names == {name: wanted + name for name in resnet}


def test_a_deeper_network_is_not_mistaken_for_a_shallow_one(resnet):
    found = match(resnet, own_names("resnet34"))
    assert found.missing == ()
    assert "layer1.2.conv1.weight" in found.foreign


def test_old_names_of_densenet_are_known():
    own = own_names("densenet121")
    old = [
        name.replace("norm1.", "norm.1.").replace("conv2.", "conv.2.")
        if "denselayer" in name
        else name
        for name in own
    ]
    assert match(own, [name for name in old if "conv1" not in name]).missing != ()
    wholly = [
        name.replace("norm1.", "norm.1.")
        .replace("norm2.", "norm.2.")
        .replace("conv1.", "conv.1.")
        .replace("conv2.", "conv.2.")
        if "denselayer" in name
        else name
        for name in own
    ]
    found = match(own, wholly)
    assert found.missing == found.foreign == ()


def test_counters_that_older_files_lack_are_not_missed(resnet):
    given = [name for name in resnet if not name.endswith("num_batches_tracked")]
    found = match(resnet, given)
    assert found.missing == ()
    assert len(found.names) == len(given)


def test_names_that_have_nothing_in_common_are_all_missing(resnet):
    found = match(resnet, ["a.b", "c"])
    assert found.names == {}
    assert found.others == ("a.b", "c")
    assert "conv1.weight" in found.missing
