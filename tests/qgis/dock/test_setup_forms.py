import pytest
from landloop.al_core.config import LabelConfig
from landloop.al_core.errors import ConfigError
from landloop.plugin.dock.labels_form import VALIDATION, LabelsForm
from landloop.plugin.dock.project_form import ProjectForm
from qgis.PyQt.QtTest import QTest


@pytest.fixture
def project(shown, tmp_path):
    form = shown(ProjectForm())
    form.propose("scene", str(tmp_path))
    return form


@pytest.fixture
def labels(shown):
    return shown(LabelsForm())


def test_the_project_folder_is_named_after_the_image_until_a_name_is_typed(project, tmp_path):
    assert project.folder() == tmp_path / "scene.landloop"
    project.name.clear()
    QTest.keyClicks(project.name, "mine")
    project.propose("other", "/elsewhere")
    assert project.folder() == tmp_path / "mine.landloop"
    assert project.place.text() == str(tmp_path / "mine.landloop")


@pytest.mark.parametrize("name", ["", "   ", "a/b", "what?"])
def test_a_name_that_is_no_folder_name_is_refused(project, name):
    project.name.clear()
    QTest.keyClicks(project.name, name)
    with pytest.raises(ConfigError, match="needs a name"):
        project.folder()


def test_a_folder_that_is_there_already_is_refused(project, tmp_path):
    (tmp_path / "scene.landloop").mkdir()
    with pytest.raises(ConfigError, match="there already"):
        project.folder()


@pytest.mark.parametrize("parent", ["", "/no/such/place"])
def test_the_parent_folder_must_exist(project, parent):
    project.parent_folder.setFilePath(parent)
    with pytest.raises(ConfigError, match="existing folder"):
        project.folder()


def test_tiles_and_validation_have_sensible_defaults(project):
    assert project.tile_size_px() == 256
    assert project.validation_share() == pytest.approx(0.1)


def test_no_file_means_no_labels(labels):
    assert labels.config() is None
    assert not labels.tiles.isEnabled()


def test_a_label_raster_counts_everywhere_or_for_validation_only(labels, tmp_path):
    path = tmp_path / "labels.tif"
    path.touch()
    labels.file.setFilePath(str(path))
    assert not labels.attribute.isEnabled()
    QTest.keyClicks(labels.unlabelled, "0, 255")
    assert labels.config() == LabelConfig(
        source=str(path), unlabelled=(0.0, 255.0), everywhere=True
    )
    labels.tiles.setCurrentIndex(VALIDATION)
    assert labels.config().validation
    assert not labels.config().everywhere


def test_polygons_have_an_attribute(labels, tmp_path):
    path = tmp_path / "fields.gpkg"
    path.touch()
    labels.file.setFilePath(str(path))
    assert labels.attribute.isEnabled()
    labels.attribute.clear()
    QTest.keyClicks(labels.attribute, "class")
    assert labels.config().attribute == "class"


def test_a_file_that_is_gone_is_named(labels):
    labels.file.setFilePath("/no/labels.tif")
    with pytest.raises(ConfigError, match="no/labels"):
        labels.config()


def test_unlabelled_values_are_numbers(labels, tmp_path):
    path = tmp_path / "labels.tif"
    path.touch()
    labels.file.setFilePath(str(path))
    QTest.keyClicks(labels.unlabelled, "none")
    with pytest.raises(ConfigError, match="list of numbers"):
        labels.config()
