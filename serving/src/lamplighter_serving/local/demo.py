"""`lamplighter-demo`: the product on this machine, for as long as it is wanted or for one folder of documents.

Exit status with --once: 0 all documents done and valid, 1 not all, 2 it could not run or was interrupted. Without: 0 after it
was told to stop, 2 when it could not run.
"""

import argparse
import asyncio
import json
import os
import shlex
import signal
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from ..client import AsyncClient
from ..errors import LamplighterError
from .child import Children
from .machine import Machine, running_machine
from .once import documents_in, extractor_of, read_all
from .place import Place, data_folder, lasting_place, passing_place
from .plan import Plan, make_plan
from .talk import say
from .verdict import Verdict, summarize, summary_json, summary_text, verdict_json, verdict_text

EXIT_NOT_ALL = 1
EXIT_COULD_NOT_RUN = 2
#: In a run over a folder nobody needs to know the port.
ANY_PORT = 0
MOST_PORT = 65535
STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)

EXAMPLES = """\
examples:
  lamplighter-demo
  lamplighter-demo --once serving/samples
  lamplighter-demo --port 8081 --data ~/lamplighter-data

DATABASE_URL, when set, names the PostgreSQL to use instead of one of its own; all other settings of gateway and worker
(LAMPLIGHTER_…) count too. At most one worker process runs for each worker class.
"""


def main(arguments: Sequence[str] | None = None, environment: Mapping[str, str] = os.environ) -> int:
    """Runs the command; returns the exit status."""
    chosen = _parser().parse_args(arguments)
    try:
        with _place(chosen, environment) as place:
            return asyncio.run(_run(chosen, environment, place))
    except LamplighterError as error:
        return _complain(chosen.format, error.sentence, error.hint)
    except OSError as error:
        # The file's name is ours or the user's; the system's words say what is wrong with it.
        return _complain(chosen.format, f"{error.strerror or type(error).__name__}: {error.filename or 'no file'}.", "")
    except KeyboardInterrupt:
        return EXIT_COULD_NOT_RUN


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="lamplighter-demo",
        description="Runs PostgreSQL, the gateway and workers that sleep on this machine.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--once", type=Path, metavar="FOLDER", help="submit every document of the folder, then stop")
    parser.add_argument("--extractor", metavar="NAME", help="what to read with --once (default: the catalog's only extractor)")
    parser.add_argument("--port", type=_port, metavar="N", help="port of the gateway (default: 8080; with --once any free one)")
    parser.add_argument("--data", type=Path, metavar="FOLDER", help="where data is kept (default: the user's data folder)")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="form of the output (default: text)")
    return parser


def _port(text: str) -> int:
    if not (text.isascii() and text.isdecimal() and int(text) <= MOST_PORT):
        raise argparse.ArgumentTypeError(f"a port is a whole number from 0 (any free one) to {MOST_PORT}, not {text!r}")
    return int(text)


def _place(chosen: argparse.Namespace, environment: Mapping[str, str]) -> AbstractContextManager[Place]:
    if chosen.data is not None:
        return lasting_place(chosen.data)
    if chosen.once is not None:
        return passing_place()
    return lasting_place(data_folder(environment, root=os.geteuid() == 0))


async def _run(chosen: argparse.Namespace, environment: Mapping[str, str], place: Place) -> int:
    """Reads the settings, does the work, closes the logs."""
    port = ANY_PORT if chosen.port is None and chosen.once is not None else chosen.port
    plan = make_plan(environment, place, port=port)
    with Children(plan.environment, place) as children:
        return await _run_until_stopped(chosen, plan, children)


async def _run_until_stopped(chosen: argparse.Namespace, plan: Plan, children: Children) -> int:
    """Does the work until it is done or a stop signal comes; a second signal kills what does not stop by itself."""
    work = asyncio.create_task(_once(chosen, plan, children) if chosen.once is not None else _stay(chosen, plan, children))
    asked = False

    def stop(number: signal.Signals) -> None:
        nonlocal asked
        if asked:
            children.kill()
        elif not work.done():
            say(f"{number.name}: stopping; once more to stop at once")
            work.cancel()
        asked = True

    loop = asyncio.get_running_loop()
    for number in STOP_SIGNALS:
        loop.add_signal_handler(number, stop, number)
    await asyncio.wait({work})
    if work.cancelled():
        return EXIT_COULD_NOT_RUN if chosen.once is not None else 0
    return work.result()


async def _once(chosen: argparse.Namespace, plan: Plan, children: Children) -> int:
    paths = documents_in(chosen.once)
    extractor = extractor_of(plan.catalog, chosen.extractor)

    def show(verdict: Verdict) -> None:
        print(json.dumps(verdict_json(verdict)) if chosen.format == "json" else verdict_text(verdict), flush=True)

    async with (
        running_machine(plan, children, workers_must_work=True) as machine,
        AsyncClient(machine.address, machine.key) as client,
    ):
        verdicts = await machine.trouble.interrupt(read_all(client, paths, extractor, show))
    summary = summarize(verdicts)
    print(json.dumps(summary_json(summary)) if chosen.format == "json" else summary_text(summary), flush=True)
    return 0 if summary.valid == summary.documents else EXIT_NOT_ALL


async def _stay(chosen: argparse.Namespace, plan: Plan, children: Children) -> int:
    async with running_machine(plan, children, workers_must_work=False) as machine:
        print(_greeting(chosen.format, plan, machine), flush=True)
        await machine.trouble.interrupt(asyncio.Event().wait())
    return 0


def _greeting(form: str, plan: Plan, machine: Machine) -> str:
    if form == "json":
        return json.dumps({"address": machine.address, "key": machine.key, "data": str(plan.place.folder)})
    # An address the user gave may hold a password, and stands in the user's environment.
    database = "" if plan.given_database else f"DATABASE_URL={shlex.quote(machine.database_url)} "
    program = Path(sysconfig.get_path("scripts")) / "lamplighter-gateway"
    shown = program.relative_to(Path.cwd()) if program.is_relative_to(Path.cwd()) else program
    return "\n".join(
        (
            f"page      {machine.address}/#key={machine.key}",
            f"API       {machine.address}/openapi.json  with Authorization: Bearer {machine.key}",
            f"data      {plan.place.folder}",
            f"more keys {database}{shlex.quote(str(shown))} keys create --name NAME",
            "Ctrl-C stops it.",
        )
    )


def _complain(form: str, sentence: str, hint: str) -> int:
    if form == "json":
        print(json.dumps({"error": {"sentence": sentence, "hint": hint}}), file=sys.stderr)
    else:
        say(f"lamplighter-demo: {sentence} {hint}".rstrip())
    return EXIT_COULD_NOT_RUN


if __name__ == "__main__":
    sys.exit(main())
