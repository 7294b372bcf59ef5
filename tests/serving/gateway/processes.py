"""The gateway's program in processes of their own: commands that end, and a server that is told to."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

PROGRAM = (sys.executable, "-m", "lamplighter_serving.gateway.main")
DEADLINE_SECONDS = 60


def environment(database_url: str, **settings: str) -> dict[str, str]:
    """This process's environment without settings of its own, with a database and ports the system chooses."""
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("LAMPLIGHTER_")}
    own = {"DATABASE_URL": database_url, "LAMPLIGHTER_PORT": "0", "LAMPLIGHTER_SCALER_PORT": "0"}
    return {**inherited, **own, **settings}


@dataclass(kw_only=True)
class GatewayProcess:
    """A serving process. `output` is what it printed as JSON lines until it listened; `log` is what it wrote to stderr."""

    process: "subprocess.Popen[str]"
    database_url: str
    output: list[dict[str, object]] = field(default_factory=list)
    log: Path

    @property
    def key(self) -> str:
        """The key it made at its first start."""
        return str(next(line["key"] for line in self.output if "key" in line))

    @property
    def http_port(self) -> int:
        """Where it listens for HTTP."""
        return int(str(self.output[-1]["http_port"]))

    @property
    def scaler_port(self) -> int:
        """Where it listens for gRPC."""
        return int(str(self.output[-1]["scaler_port"]))

    def stop(self) -> int:
        """Sends SIGTERM; returns the exit code."""
        self.process.terminate()
        return self.process.wait(DEADLINE_SECONDS)

    def memory_bytes(self, what: str) -> int:
        """A line of the process's status: VmRSS, VmHWM."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return next(int(line.split()[1]) for line in status.splitlines() if line.startswith(what)) * 1024


@contextmanager
def serving(database_url: str, log: Path, **settings: str) -> Iterator[GatewayProcess]:
    """A serving process for the length of the block, from when it listens. `settings` are environment variables."""
    command = [*PROGRAM, "serve", "--format", "json"]
    with (
        log.open("w") as stderr,
        subprocess.Popen(
            command, env=environment(database_url, **settings), stdout=subprocess.PIPE, stderr=stderr, text=True
        ) as process,
    ):
        try:
            running = GatewayProcess(process=process, database_url=database_url, log=log)
            assert process.stdout is not None
            while not (running.output and "http_port" in running.output[-1]):
                line = process.stdout.readline()
                assert line, f"the gateway ended: {log.read_text()}"
                running.output.append(json.loads(line))
            yield running
        finally:
            if process.poll() is None:
                process.kill()
