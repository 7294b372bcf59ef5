"""Ray of this process: how it is started so that it stays private and small, and how it ends.

One machine: loopback, a folder of its own, a token of its own (Serve's replicas listen on every interface all the same, and one
of Ray's agents runs commands for whoever may talk to it), no dashboard, no autoscaler, no HTTP proxy, no usage reports.
A group: the same on the pod's own address, with the token that its pods share.
What is done here with Ray's insides holds for the pinned version alone.
"""

import logging
import os
import secrets
import signal
import threading
import time
import warnings
from pathlib import Path

from ..errors import EngineUnavailable
from ..settings import RayGroup

#: Whoever talks to our Ray must know it. One a process: Ray's own code reads it once and never again.
TOKEN = secrets.token_hex(32)
#: Servers that Ray starts on every head node and has no switch for: autoscaler, dashboard, and who copies logs to the driver.
#: Nobody asks them here. Without them Ray was up after 17 s instead of 29 on a busy machine, with 300 MiB less.
UNUSED_SERVERS = ("start_monitor", "start_api_server", "start_log_monitor")
#: Ray refuses less than 75 MiB. Requests and answers are small and travel inline, so nothing needs more.
OBJECT_STORE_BYTES = 78 * 1024 * 1024
#: What every Ray process of ours has in its environment. In the environment, because Ray would write a token below HOME.
PRIVATE = {
    "RAY_USAGE_STATS_ENABLED": "0",
    "RAY_AUTH_MODE": "token",
    "RAY_ENABLE_UV_RUN_RUNTIME_ENV": "0",
    "RAY_SERVE_LOG_TO_STDERR": "0",
}
#: A group ends with any of its nodes, so both sides notice soon: a lost node after about five seconds (Ray's default: 15 or
#: more), a lost head likewise (default: a minute).
WATCHFUL = {
    "RAY_health_check_period_ms": "1000",
    "RAY_health_check_failure_threshold": "5",
    "RAY_gcs_rpc_server_reconnect_timeout_s": "5",
}
#: How long the head waits for the others. Their nodes may be cold: five minutes to boot, some to pull, and all of it twice.
GROUP_WAIT_SECONDS = 1200.0
GROUP_LOOK_SECONDS = 0.5


def import_ray(group: RayGroup | None) -> None:
    """Sets Ray's environment, then imports it. Raises `EngineUnavailable` when a group's token cannot be read."""
    os.environ.update(PRIVATE)
    if group is None:
        # What Ray calls so is its refusal to form a cluster: it listens on loopback alone then, on any system.
        os.environ.update(RAY_AUTH_TOKEN=TOKEN, RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER="0")
    else:
        os.environ.update(
            WATCHFUL,
            RAY_AUTH_TOKEN=group_token(group.token_path),
            RAY_GCS_SERVER_PORT=str(group.port),
            # The engine's own processes look for the group that they are to spread over; its replica holds no GPU itself, and
            # must see those of its node all the same.
            RAY_ADDRESS=f"{group.host}:{group.port}",
            RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO="0",
        )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Ray 2.60 uses what pydantic calls deprecated
        import ray.serve  # noqa: F401, PLC0415 (takes a second; timed as a stage)


def group_token(path: Path) -> str:
    """The token that the pods of a group share. Raises `EngineUnavailable` when there is none."""
    try:
        token = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeError) as error:
        raise EngineUnavailable(
            f"The Ray token {path} cannot be read ({type(error).__name__}).", hint="It is the key token of the group's Secret."
        ) from error
    if not token:
        raise EngineUnavailable(f"The Ray token {path} is empty.", hint="Put a long random text there.")
    return token


def start_ray(cpus: int, folder: Path, *, gpus: int, group: RayGroup | None) -> None:
    """Starts Ray with its files in `folder`. Raises `EngineUnavailable` when it does not come up."""
    import ray  # noqa: PLC0415
    from ray._private.node import Node  # noqa: PLC0415

    for server in UNUSED_SERVERS:
        setattr(Node, server, _start_nothing)
    try:
        ray.init(
            address="local",  # whatever RAY_ADDRESS says: never someone else's Ray
            num_cpus=cpus,
            num_gpus=gpus,
            object_store_memory=OBJECT_STORE_BYTES,
            include_dashboard=False,
            log_to_driver=False,
            logging_level=logging.ERROR,
            _temp_dir=str(folder),
            _node_ip_address="127.0.0.1" if group is None else group.host,
        )
    except Exception as error:  # a bare one is what Ray raises when its servers take longer than 30 s
        raise EngineUnavailable(
            f"Ray did not start: {type(error).__name__}.", hint="Has the machine CPU to spare? Ray's servers have 30 s."
        ) from error


def gather(group: RayGroup) -> None:
    """Waits until every node of the group has joined. Raises `EngineUnavailable` after `GROUP_WAIT_SECONDS`."""
    until = time.monotonic() + GROUP_WAIT_SECONDS
    while (joined := nodes_alive()) < group.nodes:
        if time.monotonic() > until:
            raise EngineUnavailable(
                f"{joined} of the group's {group.nodes} nodes joined within {GROUP_WAIT_SECONDS:g} s.",
                hint="Are all pods of the group scheduled, and does a NetworkPolicy let them reach each other?",
            )
        time.sleep(GROUP_LOOK_SECONDS)


def nodes_alive() -> int:
    """How many nodes this Ray has, its head included."""
    import ray  # noqa: PLC0415

    nodes: list[dict[str, object]] = ray.nodes()  # type: ignore[no-untyped-call]
    return sum(1 for node in nodes if node["Alive"])


def take_back_sigterm() -> None:
    """Ray's core prints its stack on SIGTERM before anyone else hears of it; whoever had the signal gets it back."""
    handler = signal.getsignal(signal.SIGTERM)
    if handler is not None and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, handler)
        signal.siginterrupt(signal.SIGTERM, False)


def start_serve() -> None:
    """Ray Serve without its HTTP proxy."""
    from ray import serve  # noqa: PLC0415

    logging.getLogger("ray.serve").setLevel(logging.ERROR)
    serve.start(proxy_location="Disabled", logging_config={"log_level": "ERROR", "enable_access_log": False})


def stop() -> None:
    """Stops Serve and Ray."""
    import ray  # noqa: PLC0415
    from ray import serve  # noqa: PLC0415

    if ray.is_initialized():  # else Serve would start a Ray of its own to shut it down
        serve.shutdown()  # type: ignore[no-untyped-call]
    ray.shutdown()


def _start_nothing(*_: object, **__: object) -> None:
    """In the place of a method that starts a server."""
