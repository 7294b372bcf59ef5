"""A node of a group that is not its head: Ray's processes on this machine, joined to the head's Ray, and nothing of ours.

It ends with its head. Told to stop earlier it stays: the head may have jobs under way on this node's GPUs, and whoever ends a
pod of a group ends the others too. The grace of its pod is the limit.
"""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

from .. import logs
from ..settings import FollowerSettings
from .ray_head import OBJECT_STORE_BYTES, PRIVATE, WATCHFUL, group_token

#: How often a head that is not there yet is looked for. Its pod may be scheduled long after this one.
LOOK_SECONDS = 1.0
CONNECT_TIMEOUT_SECONDS = 2.0


def follow(settings: FollowerSettings, folder: Path) -> int:
    """Joins the head once it is there, and returns when it is gone: 0 when it was told to stop meanwhile, else 1.

    `folder` gets Ray's files. Raises `EngineUnavailable` when the token cannot be read.
    """
    environment = os.environ | PRIVATE | WATCHFUL | {"RAY_AUTH_TOKEN": group_token(settings.token_path)}
    told = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: told.set())
    logs.event("head-awaited", head=settings.head)
    while not _answers(settings.head):
        if told.wait(LOOK_SECONDS):
            return 0
    # A session of its own: what is sent to our group is for us to hear, not for Ray.
    with (folder / "follow.log").open("wb") as log:
        ray = subprocess.Popen(
            _command(settings, folder),
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
        )
    logs.event("following", head=settings.head)
    while ray.poll() is None:
        time.sleep(LOOK_SECONDS)
    logs.event("head-gone", told_to_stop=told.is_set())
    return 0 if told.is_set() else 1


def _command(settings: FollowerSettings, folder: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "ray.scripts.scripts", "start", "--block", "--disable-usage-stats"),
        f"--address={settings.head}",
        f"--node-ip-address={settings.host}",
        f"--num-cpus={settings.cpus}",
        f"--num-gpus={settings.gpus}",
        f"--object-store-memory={OBJECT_STORE_BYTES}",
        f"--temp-dir={folder}",
        "--include-log-monitor=false",
    ]


def _answers(address: str) -> bool:
    host, _, port = address.rpartition(":")
    try:
        with socket.create_connection((host, int(port)), timeout=CONNECT_TIMEOUT_SECONDS):
            return True
    except OSError:
        return False
