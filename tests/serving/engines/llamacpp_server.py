"""llama.cpp's own HTTP server on loopback, which speaks the OpenAI API: a real endpoint, with a real model."""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager

import xllamacpp

from lamplighter_serving.engines.llamacpp import find_model


@contextmanager
def llamacpp_server(*, context_tokens: int, concurrency: int) -> Iterator[tuple[str, str]]:
    """Base address and key of a server with the model of the package."""
    key = secrets.token_urlsafe(16)
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(find_model(None))
    parameters.n_parallel = concurrency
    parameters.n_ctx = context_tokens * concurrency
    parameters.cpuparams.n_threads = 1  # more would wait for each other on a busy machine
    parameters.verbosity = 0
    parameters.cache_ram_mib = 0
    parameters.api_keys = [key]
    server = xllamacpp.Server(parameters)
    yield f"{server.listening_address}/v1", key
    del server
