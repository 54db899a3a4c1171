"""The options of training, in a small dialog."""

from __future__ import annotations

from dataclasses import replace

from qgis.gui import QgsFileWidget
from qgis.PyQt.QtCore import QSignalBlocker, Qt, pyqtSignal
from qgis.PyQt.QtWidgets import (
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QDoubleSpinBox,
    QFormLayout,
    QLabel,
    QVBoxLayout,
    QWidget,
)

from ...al_core.config import IMAGENET, Decoder, Device, Recipe, Start, Task
from ..messages import tr
from .labels import ProblemLabel
from .rows import TrainOptions

WITHOUT_WEIGHTS = "local"  # sees a pixel and its surroundings; nothing to pretrain
ENCODERS = ("mobilenet_v2", "resnet18", "resnet34", "efficientnet-b0", WITHOUT_WEIGHTS)
TAG_ENCODERS = (
    *("mobilenet_v2", "resnet18", "resnet34", "resnet50"),
    *("densenet121", "efficientnet-b0", WITHOUT_WEIGHTS),
)
FROM_PAPERS = (Recipe.PAPER, Recipe.MCFPS)  # they begin afresh every round
RANDOM, LOCAL, DOWNLOAD = range(3)
MAX_MINUTES = 600.0
WIDTH_PX = 380
ABOUT_LINES = 4  # of the longest text below the recipe


class TrainSettings(QDialog):
    """Shows TrainOptions and hands them back."""

    imagenet_requested = pyqtSignal(str)  # encoder; answer with allow_imagenet
    options_changed = pyqtSignal(object)  # TrainOptions, when the user accepts

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Training settings"))
        self.setMinimumWidth(WIDTH_PX)
        self._accepted = TrainOptions()
        self._task = Task.SEGMENTATION
        self._weights_before = RANDOM
        self._start_before = Start.WARM
        self._make_fields()
        column = QVBoxLayout(self)
        column.addLayout(self._make_form())
        column.addStretch()
        column.addWidget(self._make_buttons())
        self._show(self._accepted)

    def options(self) -> TrainOptions:
        """Return the options in force: those set last or accepted last.

        What the task does not know (the recipe of another one) is replaced.
        """
        options = self._accepted
        if options.recipe not in _recipes(self._task):
            options = replace(options, recipe=Recipe.QUICK)
        if options.encoder not in _encoders(self._task):
            options = replace(options, encoder=_encoders(self._task)[0], weights="")
        return options

    def set_task(self, task: Task) -> None:
        """Offer the encoders and recipes of a task."""
        self._task = task
        with QSignalBlocker(self.recipe), QSignalBlocker(self.encoder):
            self.recipe.clear()
            for recipe, title in _recipes(task).items():
                self.recipe.addItem(title, recipe)
            self.encoder.clear()
            self.encoder.addItems(_encoders(task))
        tags = task.labels_tiles
        self._decoder_label.setText(tr("What &learns") if tags else tr("De&coder"))
        self.decoder.setItemText(0, tr("All of the network") if tags else tr("U-Net"))
        self.decoder.setItemText(1, tr("The last layer only") if tags else tr("Light"))
        self.decoder.setToolTip(_learning_tip() if tags else _decoder_tip())
        self._show(self.options())

    def set_options(self, options: TrainOptions) -> None:
        """Put these options in force and show them."""
        self._accepted = options
        self._show(self.options())

    def allow_imagenet(self, allowed: bool) -> None:  # noqa: FBT001 - a slot
        """Take the answer to imagenet_requested: only a yes selects the download."""
        if allowed:
            self._select_weights(DOWNLOAD)

    def accept(self) -> None:
        """Put what is shown in force, if it makes sense."""
        shown = self._shown()
        if self.weights.currentIndex() == LOCAL and not shown.weights:
            self.problem.show_problem(tr("Choose the file with the starting weights."))
            self.file.setFocus()
            return
        self._accepted = shown
        super().accept()
        self.options_changed.emit(shown)

    def reject(self) -> None:
        """Forget what was changed since the dialog opened."""
        self._show(self.options())
        super().reject()

    def _make_fields(self) -> None:
        self.recipe = QComboBox(self)
        for recipe, title in _recipes(self._task).items():
            self.recipe.addItem(title, recipe)
        self.recipe.currentIndexChanged.connect(self._follow_recipe)
        self.about = QLabel(self)
        self.about.setWordWrap(True)
        self.about.setMinimumHeight(ABOUT_LINES * self.about.fontMetrics().lineSpacing())
        self.about.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.encoder = QComboBox(self)
        self.encoder.addItems(ENCODERS)
        self.encoder.setToolTip(
            tr(
                "The larger, the slower; mobilenet_v2 suits a CPU. “local” sees a pixel and its "
                "surroundings and trains in seconds: try it first at 10 to 30 m."
            )
        )
        self.encoder.currentTextChanged.connect(self._follow_encoder)
        self.decoder = QComboBox(self)
        self.decoder.addItem(tr("U-Net"), Decoder.UNET)
        self.decoder.addItem(tr("Light"), Decoder.LIGHT)
        self.decoder.setToolTip(_decoder_tip())
        self.weights = QComboBox(self)
        self.weights.addItems(
            [tr("Random"), tr("Local file with weights…"), tr("ImageNet (download)…")]
        )
        self.weights.activated.connect(self._choose_weights)
        self.file = QgsFileWidget(self)
        self.file.setStorageMode(QgsFileWidget.StorageMode.GetFile)
        self.file.setFilter(tr("Weights (*.safetensors *.pth *.pt)"))
        self.file.setDialogTitle(tr("Choose the starting weights"))
        self.start = QComboBox(self)
        self.start.addItem(tr("From the current model (warm)"), Start.WARM)
        self.start.addItem(tr("From the starting weights (cold)"), Start.COLD)
        self.start.addItem(tr("From a mixture of both (shrink-perturb)"), Start.SHRINK_PERTURB)
        self.start.setToolTip(_start_tip())
        self.start.setSizeAdjustPolicy(
            QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon
        )
        self.minutes = QDoubleSpinBox(self)
        self.minutes.setRange(0.5, MAX_MINUTES)
        self.minutes.setDecimals(1)
        self.minutes.setSuffix(tr(" min"))
        self.device = QComboBox(self)
        self.device.addItem(tr("Automatic"), Device.AUTO)
        self.device.addItem(tr("CPU"), Device.CPU)
        self.device.addItem(tr("GPU (CUDA)"), Device.CUDA)
        self.problem = ProblemLabel(self)

    def _make_form(self) -> QFormLayout:
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        form.addRow(tr("&Recipe"), self.recipe)
        form.addRow("", self.about)
        form.addRow(tr("&Encoder"), self.encoder)
        self._decoder_label = QLabel(tr("De&coder"), self)
        self._decoder_label.setBuddy(self.decoder)
        form.addRow(self._decoder_label, self.decoder)
        form.addRow(tr("Starting &weights"), self.weights)
        form.addRow("", self.file)
        form.addRow(tr("&Start training"), self.start)
        form.addRow(tr("&Time limit"), self.minutes)
        form.addRow(tr("&Device"), self.device)
        form.addRow(self.problem)
        return form

    def _make_buttons(self) -> QDialogButtonBox:
        kinds = QDialogButtonBox.StandardButton
        self.buttons = QDialogButtonBox(
            kinds.Ok | kinds.Cancel | kinds.RestoreDefaults, parent=self
        )
        self.buttons.accepted.connect(self.accept)
        self.buttons.rejected.connect(self.reject)
        self.buttons.button(kinds.RestoreDefaults).clicked.connect(
            lambda: self._show(TrainOptions())
        )
        return self.buttons

    def _choose_weights(self, choice: int) -> None:
        if choice == DOWNLOAD and self._weights_before != DOWNLOAD:
            self._select_weights(self._weights_before)  # until the user has agreed
            self.imagenet_requested.emit(self.encoder.currentText())
            return
        self._select_weights(choice)

    def _select_weights(self, choice: int) -> None:
        self._weights_before = choice
        with QSignalBlocker(self.weights):
            self.weights.setCurrentIndex(choice)
        self.file.setVisible(choice == LOCAL)
        self.problem.show_problem("")

    def _follow_encoder(self, encoder: str) -> None:
        """Offer starting weights, and the choice of a decoder, where there are any."""
        has_weights = encoder != WITHOUT_WEIGHTS
        self.decoder.setEnabled(has_weights)
        if not has_weights:
            self._select_weights(RANDOM)
        self.weights.setEnabled(has_weights)

    def _follow_recipe(self) -> None:
        """Say what the recipe is for, and free only the fields that it leaves open."""
        recipe = self.recipe.currentData()
        self.about.setText(_about(recipe))
        self.recipe.setToolTip(_about(recipe))
        is_paper = recipe in FROM_PAPERS
        if is_paper and self.start.isEnabled():
            self._start_before = self.start.currentData()
            self._select_start(Start.COLD)
        elif not is_paper and not self.start.isEnabled():
            self._select_start(self._start_before)
        self.start.setEnabled(not is_paper)
        self.minutes.setEnabled(recipe == Recipe.QUICK)
        self.minutes.setToolTip(
            tr("Training ends here even when it could go on")
            if recipe == Recipe.QUICK
            else tr("This recipe ends when it is done")
        )

    def _select_start(self, start: Start) -> None:
        self.start.setCurrentIndex(self.start.findData(start))

    def _show(self, options: TrainOptions) -> None:
        self.encoder.setCurrentText(options.encoder)
        self.decoder.setCurrentIndex(self.decoder.findData(options.decoder))
        if options.weights in ("", IMAGENET):
            self._select_weights(DOWNLOAD if options.weights else RANDOM)
        else:
            self._select_weights(LOCAL)
            self.file.setFilePath(options.weights)
        self.start.setEnabled(True)
        self._select_start(options.start)
        self.recipe.setCurrentIndex(self.recipe.findData(options.recipe))
        self._follow_recipe()
        self.minutes.setValue(options.minutes)
        self.device.setCurrentIndex(self.device.findData(options.device))

    def _shown(self) -> TrainOptions:
        choice = self.weights.currentIndex()
        weights = {RANDOM: "", LOCAL: self.file.filePath().strip(), DOWNLOAD: IMAGENET}[choice]
        return TrainOptions(
            encoder=self.encoder.currentText(),
            weights=weights,
            start=self.start.currentData(),
            recipe=self.recipe.currentData(),
            minutes=self.minutes.value(),
            device=self.device.currentData(),
            decoder=self.decoder.currentData(),
        )


def _encoders(task: Task) -> tuple[str, ...]:
    return TAG_ENCODERS if task.labels_tiles else ENCODERS


def _recipes(task: Task) -> dict[Recipe, str]:
    """Return the recipes of a task and what they are called."""
    found = {
        Recipe.QUICK: tr("Quick"),
        Recipe.PLUS: tr("Plus"),
        Recipe.PAPER: tr("Paper (DCAU-AL)"),
    }
    if task is Task.SCENE:
        found[Recipe.MCFPS] = tr("Paper (MCFPS)")
    elif task is Task.MULTILABEL:
        found[Recipe.MULTILABEL] = tr("Paper (LL, TPD and MGE)")
    return found


def _about(recipe: Recipe) -> str:
    """Return what a recipe is for, in one honest sentence."""
    return {
        Recipe.QUICK: tr(
            "Stops at the time limit: a useful map after minutes, even on a CPU, but not the "
            "best that the labels allow."
        ),
        Recipe.PLUS: tr(
            "The same methods with lower learning rates and to the end: usually the better map, "
            "but on a CPU it can take an hour."
        ),
        Recipe.PAPER: tr(
            "As published for DCAU-AL: afresh every round, 100 epochs, no augmentation; for "
            "comparisons, and too slow for daily work without a GPU."
        ),
        Recipe.MCFPS: tr(
            "As published for MCFPS: the encoder stays as its starting weights are, only the last "
            "layer learns, afresh every round; quick, and of no use without good weights."
        ),
        Recipe.MULTILABEL: tr(
            "As published for LL, TPD and MGE: all of the network learns for 100 epochs, going on "
            "from the round before; for comparisons, and slow without a GPU."
        ),
    }[recipe]


def _decoder_tip() -> str:
    return "\n".join(
        (
            tr("U-Net draws finer edges and trains all of the network."),
            tr(
                "Light trains a few layers only and keeps an encoder with starting weights as it "
                "is: several times quicker. Try it first on a computer without a GPU."
            ),
        )
    )


def _learning_tip() -> str:
    return "\n".join(
        (
            tr("All of the network fits the imagery best and takes its time."),
            tr(
                "The last layer alone is several times quicker, and needs an encoder with good "
                "starting weights. Try it first on a computer without a GPU."
            ),
        )
    )


def _start_tip() -> str:
    return "\n".join(
        (
            tr("Warm goes on from the last round: quickest."),
            tr("Cold forgets the last round: slower, and free of its habits."),
            tr("Shrink-perturb keeps 60 % of the last round's weights and adds fresh ones."),
        )
    )
