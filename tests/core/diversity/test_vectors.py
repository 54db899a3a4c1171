"""The worked examples of vectors.json about variety."""

import json
from pathlib import Path

import numpy as np
import pytest

from al_core import diversity
from al_core.config import ClusterShare

VECTORS = json.loads((Path(__file__).parents[1] / "vectors.json").read_text(encoding="utf-8"))


@pytest.fixture
def case(request):
    """The inputs and expectations of the vector whose id the test's name ends with."""
    wanted = request.node.name.rsplit("_", 1)[1].upper()
    return next(v for k, v in VECTORS["vectors"].items() if k.split("_")[0] == wanted)


def test_farthest_points_in_order_v12(case):
    points, expected = case["inputs"]["x"], case["expected"]
    assert diversity.farthest_points(points, 5).tolist() == expected["start0_n5"]["order"]
    seeded = diversity.farthest_points(points, 2, [0, 4])
    assert seeded.tolist() == expected["init_0_4_n2"]["order"]
    ignoring = diversity.farthest_points(points, 2, [0], [4])
    assert ignoring.tolist() == expected["init_0_ignore_4_n2"]["order"]


def test_badge_starts_at_the_longest_and_draws_by_squared_distance_v18(case):
    p, expected = np.array(case["inputs"]["p"]), case["expected"]
    residuals = np.eye(3)[p.argmax(axis=1)] - p
    rng = np.random.default_rng(0)
    drawn = [diversity.badge(residuals, case["inputs"]["h"], 2, rng) for _ in range(4000)]
    assert {first for first, _ in drawn} == {expected["first"]}
    shares = np.bincount([second for _, second in drawn], minlength=4) / len(drawn)
    np.testing.assert_allclose(shares, expected["second_probabilities"], atol=0.03)


def test_typical_rows_are_close_to_others_v33(case):
    found = diversity.typicality(case["inputs"]["x"], case["inputs"]["k"])
    np.testing.assert_allclose(found, case["expected"]["typicality"], atol=1e-6)
    assert found.argmax() == case["expected"]["most_typical"]


def test_herding_covers_the_dense_group_first_v37(case):
    inputs = case["inputs"]
    order = diversity.herding(inputs["x"], inputs["n"], sigma=inputs["sigma"])
    assert order.tolist() == case["expected"]["order"]


def test_a_round_of_mcfps_skips_the_sure_and_repeats_nobody_v13(case):
    inputs, expected = case["inputs"], case["expected"]
    found = diversity.mcfps(
        inputs["embeddings"],
        inputs["certainty"],
        inputs["S"],
        inputs["labelled"],
        k=inputs["k"],
        skip=inputs["skip_above"],
    )
    assert found.tolist() == expected["selected_hardened"]


def test_the_worst_of_each_cluster_of_the_worst_v19(case):
    inputs = case["inputs"]
    for seed in range(20):
        found = diversity.cluster_pick(
            inputs["features"],
            inputs["uncertainty"],
            inputs["b"],
            inputs["m"],
            np.random.default_rng(seed),
        )
        assert sorted(found.tolist()) == case["expected"]["selected_set"]


def test_what_each_cluster_gives_v35(case):
    inputs, expected = case["inputs"], case["expected"]
    alike = [1] * inputs["n_clusters"]
    for iteration, each in zip(inputs["iterations"], expected["per_cluster"], strict=True):
        so_far = inputs["b"] * (iteration + 1)
        seats = diversity.cluster_seats(so_far, alike, ClusterShare.EQUAL)
        assert seats.tolist() == [each] * inputs["n_clusters"]
    seats = diversity.cluster_seats(inputs["M"], inputs["sizes"], ClusterShare.PROPORTIONAL)
    assert seats.tolist() == expected["proportional"]
