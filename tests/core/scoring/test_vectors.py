"""The worked examples of vectors.json, each computed by hand and by three libraries."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from al_core import scoring
from al_core.config import Averaging, Task

FILE = Path(__file__).parents[1] / "vectors.json"
VECTORS = json.loads(FILE.read_text(encoding="utf-8"))["vectors"]
POLICIES = ("explore", "neutral", "exclude")


@pytest.fixture
def vector(request):
    """The inputs and expectations of the vector whose id the test's name ends with."""
    wanted = request.node.originalname.rsplit("_", 1)[1].upper()
    return next(value for key, value in VECTORS.items() if key.split("_")[0] == wanted)


def close(values, expected):
    numbers = np.array(
        [float(item) for item in np.ravel(np.array(expected, dtype=object))]
    ).reshape(np.shape(values))
    return np.testing.assert_allclose(values, numbers, atol=1e-6, rtol=0)


def image(vector):
    """The vector's p as (K, H, W)."""
    return np.moveaxis(np.array(vector["inputs"]["p"], dtype=float), -1, 0)


def test_entropy_is_exact_where_a_probability_is_zero_v01(vector):
    result = scoring.entropy(vector["inputs"]["p"])
    close(result, vector["expected"]["H"])
    close(result / math.log(4), vector["expected"]["H_normalised"])
    assert result[1] == 0.0


def test_entropy_of_extreme_logits_is_finite_v02(vector):
    close(scoring.entropy_from_logits(vector["inputs"]["logits"]), vector["expected"]["H"])


def test_weights_follow_the_gaps_of_a_confusion_matrix_v03(vector):
    expected = vector["expected"]
    result = scoring.iou(vector["inputs"]["cm"])
    close(result, expected["iou"])
    close(1 - result, expected["gap"])
    close(result.mean(), expected["miou"])
    for alpha in vector["inputs"]["alphas"]:
        close(scoring.class_weights(result, alpha), expected["w"][str(alpha)])


def test_an_undefined_iou_has_three_rules_v04(vector):
    inputs, expected = vector["inputs"], vector["expected"]
    absent = scoring.iou(inputs["cm_absent"])
    close(absent, expected["iou_absent"])
    for policy in POLICIES:
        weights = scoring.class_weights(absent, inputs["alpha"], policy)
        close(weights, expected[f"w_{policy}"])
    only_false = scoring.iou(inputs["cm_fp_only"])
    close(only_false, expected["iou_fp_only"])
    close(scoring.class_weights(only_false), expected["w_fp_only"])
    close(scoring.class_weights(scoring.iou(inputs["cm_perfect"])), expected["w_perfect"])


def test_dcau_is_the_dot_product_of_weights_and_class_shares_v05(vector):
    p, weights, expected = image(vector), np.array(vector["inputs"]["w"]), vector["expected"]
    row = scoring.tile_statistics(p, np.ones(p.shape[1:], dtype=bool))
    sums, n = row.sum_entropy_p[None], np.array([row.n])
    close(scoring.entropy(p, axis=0), expected["H"])
    close(scoring.class_shares(sums, n)[0], expected["s"])
    close(row.sum_entropy / row.n, expected["sum_s_equals_mean_H"])
    score = scoring.dcau(sums, n, weights)
    close(score, [expected["DCAU"]])
    close(scoring.dcau(sums, n, np.full(3, 1 / 3)), [expected["DCAU_uniform_w"]])
    close(score / (math.log(3) / 3), [expected["DCAU_normalised"]])
    pixels = scoring.dcau_pixels(p, weights) * math.log(3) * weights.max()
    close(pixels, expected["H_dyn"])


def test_only_valid_and_unlabelled_pixels_are_scored_v06(vector):
    p, inputs, expected = image(vector), vector["inputs"], vector["expected"]
    mask = np.array(inputs["valid"]) & ~np.array(inputs["labelled"])
    row = scoring.tile_statistics(p, mask)
    empty = scoring.tile_statistics(p, np.zeros_like(mask))
    sums, n = np.stack([row.sum_entropy_p, empty.sum_entropy_p]), np.array([row.n, empty.n])
    assert n.tolist() == [expected["n"], expected["n_empty"]]
    close(scoring.class_shares(sums, n), [*expected["s"], *expected["s_empty"]])
    close(scoring.dcau(sums, n, inputs["w"]), [expected["DCAU"], "nan"])


def test_the_threshold_limits_the_strict_choice_only_v07(vector):
    scores, count = vector["inputs"]["scores"], vector["inputs"]["k"]
    moments = scoring.Moments.of(scores)
    close(moments.mean, vector["expected"]["mu"])
    close(moments.std, vector["expected"]["sigma_ddof0"])
    for gamma, expected in vector["expected"]["by_gamma"].items():
        theta = scoring.threshold(scores, float(gamma))
        close(theta, expected["theta"])
        assert int((np.array(scores) > theta).sum()) == expected["n_above"]
        for policy in ("strict", "fill"):
            chosen = scoring.select_by_threshold(scores, count, float(gamma), policy)
            assert chosen.tolist() == expected[f"{policy}_k3"]


def test_a_constant_pool_has_no_candidate_v07(vector):
    expected = vector["expected"]["constant_scores"]
    scores = np.full(7, expected["theta"])
    close(scoring.threshold(scores), expected["theta"])
    for policy in ("strict", "fill"):
        chosen = scoring.select_by_threshold(scores, 2, 0.5, policy)
        assert chosen.tolist() == expected[f"{policy}_k2"]


def test_weights_of_the_printed_ious_v08(vector):
    inputs, expected = vector["inputs"], vector["expected"]
    for name, values in inputs["iou"].items():
        close(scoring.class_weights(values, inputs["alpha"]), expected["w"][name])
    weights = scoring.class_weights(inputs["iou"]["AL-1"], inputs["alpha"])
    bareland, tree = (inputs["classes"].index(name) for name in ("Bareland", "Tree"))
    close(weights[bareland] / weights[tree], expected["bareland_to_tree_weight_ratio_AL1"])


def test_the_classic_measures_of_uncertainty_v09(vector):
    p, expected = vector["inputs"]["p"], vector["expected"]
    results = {
        "least_confidence": scoring.least_confidence(p),
        "margin": scoring.margin(p),
        "entropy": scoring.entropy(p),
    }
    for name, values in results.items():
        close(values, expected[name])
        close(values.mean(), expected["image_mean"][name])


def test_moments_of_blocks_merge_without_cancellation_v26(vector):
    scores, ends = vector["inputs"]["scores"], np.cumsum(vector["inputs"]["blocks"])
    merged = scoring.Moments()
    for block in np.split(np.array(scores), ends[:-1]):
        merged = merged.merge(scoring.Moments.of(block))
    close(merged.mean, vector["expected"]["mean"])
    close(merged.std, vector["expected"]["std"])
    single = scoring.Moments()
    for value in vector["inputs"]["cancel"]:
        single = single.merge(scoring.Moments.of([value]))
    close(single.std, vector["expected"]["cancel_std"])


def test_a_rarely_seen_class_is_pulled_towards_the_mean_v27(vector):
    inputs, expected = vector["inputs"], vector["expected"]
    close(scoring.shrink_iou(inputs["tp"], inputs["union"], 0), expected["raw"])
    shrunk = scoring.shrink_iou(inputs["tp"], inputs["union"], inputs["kappa"])
    close(shrunk, expected["shrunk"])
    close(scoring.class_weights(shrunk), expected["w"])
    close(scoring.shrink_iou(inputs["tp"], inputs["union"], 1e12), [expected["m"]] * 3)


def test_one_row_of_sums_a_tile_v36(vector):
    p = np.array(vector["inputs"]["p"]).T[:, None, :]  # (K, 1, 4)
    row, expected = scoring.tile_statistics(p, np.ones((1, 4), bool)), vector["expected"]
    assert row.n == expected["n"]
    assert row.histogram.tolist() == expected["hist_argmax"]
    close(row.sum_entropy, expected["sum_H"])
    close(row.sum_entropy_p, expected["sum_Hp"])
    close(row.sum_p, expected["sum_p"])
    close(row.sum_margin, expected["sum_margin"])
    close(row.sum_least_confidence, expected["sum_lc"])


def test_bald_is_what_the_passes_disagree_about_v10(vector):
    close(scoring.bald(vector["inputs"]["p"]), vector["expected"]["BALD"])
    close(
        scoring.bald(np.moveaxis(vector["inputs"]["p"], 2, 1), axis=1),
        [0.368064207, 0, 0.074881762],
    )


def test_chance_gives_way_to_the_score_round_by_round_v24(vector):
    inputs, expected = vector["inputs"], vector["expected"]
    close([scoring.beta_at(number, 5) for number in range(5)], expected["schedule"])
    for beta in inputs["betas"]:
        noised = scoring.power_noise(inputs["scores"], inputs["standard_gumbel"], beta)
        close(noised, expected[f"noised_beta{beta:g}"])
        assert np.argsort(-noised).tolist() == expected[f"order_beta{beta:g}"]


@pytest.mark.parametrize("bins", [10, 15])
def test_calibration_error_and_temperature_v28(vector, bins):
    inputs, expected = vector["inputs"], vector["expected"]
    error = scoring.expected_calibration_error(inputs["confidence"], inputs["correct"], bins)
    close(error, expected["ece"])
    for temperature in inputs["temperatures"]:
        value = scoring.entropy_from_logits(np.array(inputs["logits"]) / temperature)
        close(value, expected[f"H_T{temperature:g}"])


def test_the_windows_of_highest_mean_do_not_overlap_v32(vector):
    inputs = vector["inputs"]
    values = np.where(inputs["eligible"], inputs["heat"], np.nan).astype(np.float32)
    hints = scoring.region_hints(values, inputs["window"], inputs["n"])
    close([[mean, at.row, at.col] for at, mean in hints], vector["expected"]["picked"])
    assert {(at.height, at.width) for at, _ in hints} == {(2, 2)}


def test_mcfps_is_sure_by_the_mean_of_the_logits_v11(vector):
    logits, expected = vector["inputs"]["logits"], vector["expected"]
    for average, key in ((Averaging.LOGITS, "logits"), (Averaging.PROBABILITIES, "probs")):
        found = scoring.pass_certainty(logits, Task.SCENE, average)
        close(found, expected[f"certainty_mean_{key}"])
        assert (found > vector["inputs"]["skip_above"]).tolist() == expected["skip"]


def test_predicted_losses_are_judged_by_the_order_of_pairs_v15(vector):
    inputs, expected = vector["inputs"], vector["expected"]
    true, said = np.array(inputs["true_loss"]), np.array(inputs["pred_loss"])
    for name in ("pairs", "flip_pairs"):
        pairs = np.array({**inputs, **expected}[name])
        each = [scoring.learning_loss(said[[pair]], true[[pair]], inputs["xi"]) for pair in pairs]
        close(each, expected["pair_loss_paper" if name == "pairs" else "flip_pair_loss"])
        total = scoring.learning_loss(said[pairs], true[pairs], inputs["xi"])
        close(total, np.mean(each))
        for weight, value in expected["total_by_lambda"].items() if name == "pairs" else ():
            close(true.mean() + float(weight) * total, value)
    close(scoring.learning_loss([[0, 1]], [[1, 0]]), expected["fully_wrong"])
    close(scoring.learning_loss([[1, 0]], [[1, 0]]), expected["correct_by_margin"])


def test_the_discrepancy_between_two_rounds_v16(vector):
    inputs, expected = vector["inputs"], vector["expected"]
    found = scoring.tpd(inputs["p_t"], inputs["p_tm1"])
    close(found, expected["tpd"])
    close(0.5 * found**2, expected["tod_reference"])
    close(scoring.tpd(inputs["seg_t"], inputs["seg_tm1"]).mean(), expected["seg_tpd"])


def test_the_length_of_a_gradient_has_a_closed_form_v17(vector):
    inputs, expected = vector["inputs"], vector["expected"]
    p, h = scoring.probabilities([inputs["logits"]], Task.MULTILABEL), [inputs["h"]]
    close(p, [expected["p"]])
    predicted = scoring.predicted_tags([[0.5, 0.75]], Task.MULTILABEL)
    assert predicted.tolist() == [[bool(value) for value in expected["yhat"]]]
    close(scoring.mge([[0.5, 0.75]], h, bias=False), [expected["mge_W"]])
    close(scoring.mge([[0.5, 0.75]], h), [expected["mge_W_b"]])
    close(scoring.mge([[0.5, 0.75]], h) / 2, [expected["mge_W_b_mean_reduction"]])


def test_f1_of_tags_and_of_a_class_that_nobody_names_v20(vector):
    inputs, expected = vector["inputs"], vector["expected"]
    table = scoring.tag_confusion(inputs["y_true"], inputs["y_pred"])
    for place, name in {(1, 1): "tp", (0, 1): "fp", (1, 0): "fn"}.items():
        assert table[:, place[0], place[1]].tolist() == expected[name]
    close(scoring.class_scores(table), expected["f1_per_class"])
    for undefined, name in (("zero", "zero_division_0"), ("skip", "skip_undefined")):
        found = scoring.multilabel_f1(inputs["y_true"], inputs["y_pred"], undefined)
        close(found.micro, expected["micro"])
        close(found.macro, expected[f"macro_{name}"])
