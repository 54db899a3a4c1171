import pytest
from landloop.al_core.config import Decoder, Device, QueryConfig, Recipe, Start
from landloop.plugin.dock.presenter import retrain_config
from landloop.plugin.dock.rows import TrainOptions

OPTIONS = TrainOptions(
    *("resnet18", "/w/e.safetensors", Start.SHRINK_PERTURB, 3.0, Device.CPU),
    decoder=Decoder.LIGHT,
)


def test_the_engine_is_told_what_the_settings_say():
    query = QueryConfig(count=7)
    told = retrain_config(OPTIONS, query)
    train = told.train
    assert (train.encoder, train.weights) == ("resnet18", "/w/e.safetensors")
    assert train.decoder is Decoder.LIGHT
    assert (train.start, train.minutes) == (Start.SHRINK_PERTURB, 3.0)
    assert {train.device, told.scan.device, told.predict.device} == {Device.CPU}
    assert told.query == query


@pytest.mark.parametrize("recipe", Recipe)
def test_the_recipe_is_passed_on(recipe):
    assert retrain_config(TrainOptions(recipe=recipe), QueryConfig()).train.recipe is recipe
