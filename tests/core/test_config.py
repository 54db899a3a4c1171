"""Configs travel as JSON and refuse what makes no sense."""

import dataclasses
import json

import pytest

from al_core import config
from al_core.errors import ConfigError

EXAMPLES = [
    config.InitConfig(images=("a.tif", "b.tif"), bands=(3, 2, 1), validation_share=0.2),
    config.LabelConfig(source="labels.tif", unlabelled=(0, 255), picks=True),
    config.TagConfig(coverage=0.2, picks=True),
    config.PaintNextConfig(count=3),
    config.TrainConfig(start=config.Start.COLD, device=config.Device.CPU, steps=12),
    config.PretrainConfig(epochs=3, name="mine"),
    config.ScanConfig(batch_size=2),
    config.QueryConfig(policy=config.ThresholdPolicy.STRICT, alpha=1.0),
    config.PredictConfig(window_px=512),
    config.ExportConfig(out="map.tif", labels_win=False),
    config.RetrainConfig(query=config.QueryConfig(undefined=config.UndefinedIou.NEUTRAL)),
    config.DemoConfig(seed=3),
    config.SimulateConfig(images=("a.tif",), seeds=(0, 7), recipe=config.Recipe.PAPER),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=lambda item: type(item).__name__)
def test_a_config_survives_the_way_to_json_and_back(example):
    text = json.dumps(config.to_json(example))
    assert config.from_json(type(example), json.loads(text)) == example


def test_every_config_is_frozen_and_among_the_examples():
    kinds = {
        kind
        for kind in vars(config).values()
        if isinstance(kind, type) and dataclasses.is_dataclass(kind)
    }
    assert kinds == {type(example) for example in EXAMPLES}
    assert all(kind.__dataclass_params__.frozen for kind in kinds)


def test_what_is_not_said_takes_its_default():
    assert config.from_json(config.QueryConfig, {"count": 5}) == config.QueryConfig(count=5)


def test_nested_configs_may_be_said_in_part():
    retrain = config.from_json(config.RetrainConfig, {"train": {"steps": 7}})
    assert retrain == config.RetrainConfig(train=config.TrainConfig(steps=7))


def test_an_unknown_option_is_named_with_those_there_are():
    with pytest.raises(ConfigError, match=r"no option “cuont”; it has strategy, count"):
        config.from_json(config.QueryConfig, {"cuont": 5})


def test_an_unknown_option_of_a_nested_config_is_named_too():
    with pytest.raises(ConfigError, match="ScanConfig has no option “speed”"):
        config.from_json(config.RetrainConfig, {"scan": {"speed": 1}})


def test_an_impossible_choice_is_refused_with_the_choices():
    with pytest.raises(ConfigError, match="“gpu” is not a device; choose one of auto, cpu, cuda"):
        config.from_json(config.TrainConfig, {"device": "gpu"})
