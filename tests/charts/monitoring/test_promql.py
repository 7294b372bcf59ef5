"""What `promql.read` finds in an expression, for the test that compares it with what is exported."""

from charts.monitoring.promql import read


def test_metrics_are_told_from_functions_words_and_labels() -> None:
    query = read('max by (worker) (rate(a_total{x="1", y=~"b{2}|c"}[5m])) > on (worker) group_left () b:c and d > bool 2e3')
    assert query.selected == {"a_total": {"x", "y"}, "b:c": set(), "d": set()}
    assert query.grouped == {"worker"}


def test_labels_that_label_replace_makes_are_told_from_those_it_reads() -> None:
    query = read('label_replace(max by (pod) (a{b!="c"}), "worker", "$1", "pod", "x-(.+?)(-[a-z]{2,3})")')
    assert query.selected == {"a": {"b"}}
    assert query.made == {"worker"}
    assert query.sources == {"pod"}


def test_a_range_with_a_step_hides_nothing() -> None:
    assert read("avg_over_time((max by (w) (a) > bool 0)[24h:5m]) / b offset 5m").selected == {"a": set(), "b": set()}
