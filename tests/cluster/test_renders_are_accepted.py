"""Every render, applied to a real API server with the operators' real CRDs, in a namespace held to restricted Pod Security."""

import pytest

from charts.cases import Case, documented, reviewed
from cluster.cluster import Cluster


@pytest.mark.parametrize("case", [*reviewed(), *documented()], ids=str)
def test_a_render_is_accepted_without_a_warning(cluster: Cluster, namespace: str, case: Case) -> None:
    rendered = case.render(namespace=namespace)
    assert not rendered.error
    assert cluster.complaints(rendered.text, namespace) == ""
