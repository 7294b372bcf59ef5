"""A small server of the OpenAI API on loopback. It constrains, counts and cuts as a real one does, and fails when told to.

It stands in for hosted endpoints; `test_engine_contract` also runs the engine against llama.cpp's own server.
"""

import json
import math
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from lamplighter_serving.engines.scripted import smallest_instance


@dataclass(kw_only=True)
class Behaviour:
    """What the server does instead of answering, and what it has seen."""

    context_tokens: int = 512
    status: int = 200
    raw_body: bytes | None = None  # sent instead of any answer
    answer: dict[str, Any] | None = None  # likewise
    hold: threading.Event = field(default_factory=threading.Event)  # an answer waits for it
    drip: bool = False  # sends a space a moment, for ever
    logprobs: bool = True
    requests: list[tuple[str, dict[str, str], dict[str, Any]]] = field(default_factory=list)
    at_once: int = 0
    most_at_once: int = 0
    arrived: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))

    def __post_init__(self) -> None:
        self.hold.set()
        self.lock = threading.Lock()


def tokens(text: str) -> list[str]:
    """The server's tokenizer: words and signs, with the space before them."""
    return re.findall(r" ?\w+| ?[^\w\s]|\s", text)


def completion(body: dict[str, Any], behaviour: Behaviour) -> tuple[int, dict[str, Any]]:
    """Status and answer to `/v1/chat/completions`."""
    if not isinstance(body.get("stream"), bool) or not body["messages"]:
        return 400, {"error": {"message": "bad request", "type": "invalid_request_error"}}
    prompt = sum(len(tokens(message["content"])) for message in body["messages"])
    if prompt >= behaviour.context_tokens:
        said = body["messages"][-1]["content"]
        message = f"This model's maximum context length is {behaviour.context_tokens} tokens: {said}"
        return 400, {"error": {"message": message, "type": "invalid_request_error", "code": "context_length_exceeded"}}
    schema = body.get("response_format", {}).get("json_schema", {})
    text = json.dumps(smallest_instance(schema["schema"])) if schema.get("strict") else "A text of seven tokens."
    written = tokens(text)
    cut = len(written) > body["max_tokens"]
    written = written[: body["max_tokens"]]
    choice: dict[str, Any] = {
        "index": 0,
        "message": {"role": "assistant", "content": "".join(written)},
        "finish_reason": "length" if cut else "stop",
    }
    if body.get("logprobs") and behaviour.logprobs:
        # A letter, the same after a space, and something else: 3/8, 1/8 and 1/2 for A; the rest is less likely.
        likely = [(" A", 0.375), ("A", 0.125), ("the", 0.25), ("B", 0.25)][: body["top_logprobs"]]
        top = [{"token": token, "logprob": math.log(share), "bytes": None} for token, share in likely]
        choice["logprobs"] = {"content": [top[0] | {"top_logprobs": top}]}
    usage = {"prompt_tokens": prompt, "completion_tokens": len(written), "total_tokens": prompt + len(written)}
    return 200, {"id": "1", "object": "chat.completion", "choices": [choice], "usage": usage}


def text_completion(body: dict[str, Any], behaviour: Behaviour) -> tuple[int, dict[str, Any]]:
    """Status and answer to `/v1/completions`."""
    status, answer = completion({**body, "messages": [{"content": body["prompt"]}]}, behaviour)
    for choice in answer.get("choices", ()):
        choice["text"] = choice.pop("message")["content"]
    return status, answer


def chunks(answer: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """An answer as a stream, a token a chunk, and the usage last."""
    (choice,) = answer["choices"]
    for token in tokens(choice["message"]["content"] if "message" in choice else choice["text"]):
        piece = {"delta": {"content": token}} if "message" in choice else {"text": token}
        yield {"choices": [{"index": 0, **piece, "finish_reason": None}]}
    piece = {"delta": {}} if "message" in choice else {"text": ""}
    yield {"choices": [{"index": 0, **piece, "finish_reason": choice["finish_reason"]}]}
    yield {"choices": [], "usage": answer["usage"]}


@contextmanager
def openai_server(behaviour: Behaviour) -> Iterator[str]:
    """The base address (with /v1) of a running server."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            with behaviour.lock:
                behaviour.requests.append((self.path, dict(self.headers), body))
                behaviour.at_once += 1
                behaviour.most_at_once = max(behaviour.most_at_once, behaviour.at_once)
            behaviour.arrived.release()
            behaviour.hold.wait(30)
            with behaviour.lock:
                behaviour.at_once -= 1
            if behaviour.drip:
                self._drip()
                return
            status, answer = self._answer(body)
            if behaviour.answer is not None:
                answer = behaviour.answer
            if body.get("stream") and status == 200:
                self._stream(answer)
                return
            sent = behaviour.raw_body if behaviour.raw_body is not None else json.dumps(answer).encode()
            self.send_response(behaviour.status if behaviour.status != 200 else status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def _answer(self, body: dict[str, Any]) -> tuple[int, dict[str, Any]]:
            if self.path == "/v1/chat/completions":
                return completion(body, behaviour)
            if self.path == "/v1/completions":
                return text_completion(body, behaviour)
            if self.path == "/v1/embeddings":
                data = [{"index": place, "embedding": [1.0, float(place)]} for place in range(len(body["input"]))]
                return 200, {"data": data[::-1], "usage": {"prompt_tokens": 3}}
            if self.path == "/tokenize":
                text = body.get("content", body.get("prompt"))
                return 200, {"tokens": list(range(len(tokens(text))))}
            return 404, {"error": {"message": "no such address"}}

        def _stream(self, answer: dict[str, Any]) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/event-stream")
            self.send_header("Connection", "close")
            self.end_headers()
            for chunk in chunks(answer):
                self.wfile.write(b"data: " + json.dumps(chunk).encode() + b"\n\n")
            self.wfile.write(b": a comment\n\ndata: [DONE]\n\n")

        def _drip(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", "1000000")
            self.end_headers()
            try:
                while not ended.wait(0.02):
                    self.wfile.write(b" ")
                    self.wfile.flush()
            except OSError:
                pass  # the client has gone, as it should

        def log_message(self, format: str, *args: object) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass  # a client that was cancelled

    ended = threading.Event()
    with Server(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/v1"
        finally:
            ended.set()
            behaviour.hold.set()
            server.shutdown()
            thread.join()
