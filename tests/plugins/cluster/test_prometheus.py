"""What Prometheus measured, asked by its HTTP API (https://prometheus.io/docs/prometheus/latest/querying/api/)."""

import json
import re
import threading
import urllib.parse
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from cluster.server import free_ports
from lamplighter.cluster.prometheus import QUERY, measured_vram
from lamplighter.errors import NotSeen

ANSWER = {
    "status": "success",
    "data": {"resultType": "vector", "result": [{"metric": {"worker": "extract"}, "value": [1764000000.0, "11323509800"]}]},
}


class Prometheus(BaseHTTPRequestHandler):
    """Answers one query and notes it."""

    asked: list[str]

    def do_GET(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        self.asked.append(url.path + " " + urllib.parse.parse_qs(url.query)["query"][0])
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(ANSWER).encode())

    def log_message(self, format: str, *arguments: object) -> None:
        """Says nothing."""


@pytest.fixture
def prometheus() -> Iterator[tuple[str, list[str]]]:
    handler = type("Noting", (Prometheus,), {"asked": []})
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", handler.asked
        server.shutdown()


def test_the_bytes_of_each_worker_are_asked_for_in_its_namespace(prometheus: tuple[str, list[str]]) -> None:
    address, asked = prometheus
    assert measured_vram(f"{address}/", "serving-prod") == {"extract": 11323509800}
    (query,) = asked
    assert query.startswith("/api/v1/query max by (worker) ")
    assert 'namespace="serving-prod"' in query


def test_what_is_asked_for_is_a_record_of_the_serving_chart() -> None:
    (record,) = re.findall(r"lamplighter:[a-z_]+:bytes", QUERY)
    charts = Path(__file__).parents[3] / "charts" / "lamplighter-serving" / "records"
    assert f"record: {record}" in (charts / "gpu.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize("address", ["localhost:9090", "file:///etc/passwd", ""])
def test_only_http_is_asked(address: str) -> None:
    with pytest.raises(NotSeen, match="is no http address"):
        measured_vram(address, "serving-prod")


def test_one_that_does_not_answer_is_not_seen() -> None:
    (port,) = free_ports(1)
    with pytest.raises(NotSeen, match="does not answer"):
        measured_vram(f"http://127.0.0.1:{port}", "serving-prod")
