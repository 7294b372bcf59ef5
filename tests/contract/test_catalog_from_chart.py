"""The catalog that the chart writes is one that the serving programs take, with nothing lost on the way."""

import json
from typing import Any

from charts.render import DEV_FILES, SERVING, Rendered, minimal, render
from lamplighter.rules.scaling import scaled_object_name
from lamplighter_serving.catalog import Catalog, parse_catalog
from lamplighter_serving.gateway.scaler.service import WORKER_KEY


def catalog_of(rendered: Rendered) -> Catalog:
    text = rendered.one("ConfigMap", "lamplighter-catalog")["data"]["catalog.json"]
    return parse_catalog(json.loads(text), "catalog.json")


def test_the_catalog_of_dev_says_what_its_values_say() -> None:
    catalog = catalog_of(render(SERVING, *DEV_FILES))
    worker = catalog.workers["extract"]
    assert (worker.engine, worker.model) == ("llamacpp", "smollm2-135m-instruct")
    assert (worker.context_tokens, worker.concurrency, worker.memory_fraction) == (4096, 2, None)
    assert (worker.jobs_per_replica, worker.cooldown_seconds, worker.max_job_seconds) == (10, 60.0, 600.0)
    assert worker.max_attempts == 5  # the program's own default: the values leave it out
    assert catalog.default_worker == "extract"
    assert catalog.extractors["invoice"].worker == "extract"
    assert catalog.extractors["invoice"].schema["required"] == [
        "invoice_number",
        "issue_date",
        "due_date",
        "supplier_id",
        "total_amount",
        "currency",
    ]


def test_settings_of_a_gpu_engine_arrive() -> None:
    engine: dict[str, Any] = {
        "engine": "vllm",
        "contextTokens": 40960,
        "concurrency": 16,
        "memoryFraction": 0.85,
        "kvCacheDtype": "fp8",
        "engineOptions": {"enforceEager": True},
    }
    values = minimal({"workers": {"extract": {"models": {"smollm2-135m-instruct": engine}, "scale": {"maxAttempts": 2}}}})
    worker = catalog_of(render(SERVING, over=values)).workers["extract"]
    assert (worker.engine, worker.context_tokens, worker.concurrency, worker.memory_fraction) == ("vllm", 40960, 16, 0.85)
    assert worker.engine_options == {"kvCacheDtype": "fp8", "enforceEager": True}
    assert worker.max_attempts == 2


def test_the_default_worker_is_the_first_by_name_unless_one_is_named() -> None:
    extract = minimal()["workers"]["extract"]
    values = minimal({"workers": {"archive": extract}})
    assert catalog_of(render(SERVING, over=values)).default_worker == "archive"
    assert catalog_of(render(SERVING, over=values | {"defaultWorker": "extract"})).default_worker == "extract"


def test_chart_and_plugin_name_a_scaledobject_alike() -> None:
    rendered = render(SERVING, over=minimal(), release="spring")
    (name,) = (thing["metadata"]["name"] for thing in rendered.objects if thing["kind"] == "ScaledObject")
    assert name == scaled_object_name("spring", "extract")


def test_the_trigger_names_a_worker_of_the_catalog_under_the_key_the_scaler_reads() -> None:
    rendered = render(SERVING, *DEV_FILES)
    (scaled,) = (thing for thing in rendered.objects if thing["kind"] == "ScaledObject")
    (trigger,) = scaled["spec"]["triggers"]
    assert trigger["metadata"][WORKER_KEY] in catalog_of(rendered).workers
