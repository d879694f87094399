"""Figures as Prometheus reads them."""

import pytest

from milepost.observability.exposition import Registry


def test_text__figures__have_help_type_and_escaped_labels() -> None:
    registry = Registry()
    registry.counter("milepost_a_total", "All.").add(2)
    registry.gauge("milepost_b", "By state.", "state").set(0.5, 'x"\n\\')
    assert registry.text() == (
        "# HELP milepost_a_total All.\n# TYPE milepost_a_total counter\nmilepost_a_total 2.0\n"
        "# HELP milepost_b By state.\n# TYPE milepost_b gauge\n"
        'milepost_b{state="x\\"\\n\\\\"} 0.5\n'
    )


def test_text__figures_without_labels__are_there_from_the_start() -> None:
    registry = Registry()
    registry.gauge("milepost_a", "One.")
    assert "milepost_a 0.0" in registry.text().splitlines()


def test_replace__other_labels__former_ones_are_gone() -> None:
    figure = Registry().gauge("milepost_a", "By state.", "state")
    figure.set(1, "old")
    figure.replace({("new",): 2})
    assert (figure.value("old"), figure.value("new")) == (None, 2)


def test_observe__values__are_counted_up_to_each_bound() -> None:
    registry = Registry()
    histogram = registry.histogram("milepost_s", "Time.", (0.1, 1.0), "route")
    for value in (0.1, 0.5, 7.0):
        histogram.observe(value, "/v1")
    assert registry.text().splitlines()[2:] == [
        'milepost_s_bucket{le="0.1",route="/v1"} 1.0',
        'milepost_s_bucket{le="1.0",route="/v1"} 2.0',
        'milepost_s_bucket{le="+Inf",route="/v1"} 3.0',
        'milepost_s_count{route="/v1"} 3.0',
        'milepost_s_sum{route="/v1"} 7.6',
    ]


def test_gauge__a_name_twice__is_refused() -> None:
    registry = Registry()
    registry.gauge("milepost_a", "One.")
    with pytest.raises(ValueError, match="Duplicated"):
        registry.gauge("milepost_a", "Two.")
