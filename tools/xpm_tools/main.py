"""The command line of `tools/xpm`."""

from __future__ import annotations

import argparse
import shutil
import signal
from collections.abc import Callable, Sequence
from datetime import date, datetime, timezone
from pathlib import Path

from xpm_tools.bootstrap import go_on_in_tools
from xpm_tools.errors import ToolError
from xpm_tools.narration import say

#: Interrupted by the person at the keyboard, as a shell says it.
INTERRUPTED = 130

Handler = Callable[[argparse.Namespace], int]


def main(arguments: Sequence[str]) -> int:
    """Run a command and give its exit code: 0 done, 1 something failed, 2 wrong use."""
    parser = make_parser()
    options = parser.parse_args(arguments)
    # A shell starts a background command with Ctrl+C ignored; what the tests interrupt would inherit that.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    handler: Handler | None = options.handler
    if handler is None:
        parser.print_help()
        return 0
    try:
        go_on_in_tools(arguments)
        return handler(options)
    except ToolError as error:
        say(str(error))
        return 1
    except KeyboardInterrupt:
        say("interrupted")
        return INTERRUPTED


def make_parser() -> argparse.ArgumentParser:
    """Describe the commands."""
    parser = argparse.ArgumentParser(
        prog="tools/xpm",
        description="The tools of this repository. Environments are made when they are needed.",
    )
    parser.set_defaults(handler=None)
    commands = parser.add_subparsers(metavar="COMMAND")

    demo = commands.add_parser("demo", help="run the experiment of examples/digits")
    demo.add_argument("--workdir", type=Path, help="its workspace (default: .xpm/demo-workspace)")
    demo.add_argument("--fresh", action="store_true", help="forget what earlier demos did")
    demo.set_defaults(handler=_demo)

    test = commands.add_parser("test", help="check all: format, lint, types, contracts, tests, wheels, demo")
    test.add_argument("stages", nargs="*", metavar="STAGE", help="only these stages")
    test.add_argument("--quick", action="store_true", help="all tests in one environment, no wheels, no demo")
    test.set_defaults(handler=_test)

    bench = commands.add_parser("bench", help="run the benchmarks of tools/bench")
    bench.add_argument("name", nargs="?", help="only this one")
    bench.add_argument("arguments", nargs=argparse.REMAINDER, help="its own arguments")
    bench.set_defaults(handler=_bench)

    chaos = commands.add_parser(
        "chaos", help="kill schedulers and jobs at random, check that no work is lost"
    )
    chaos.add_argument("--kills", type=int, help="how many processes are killed (default: 200)")
    chaos.add_argument("--seconds", type=float, help="begin no further round after that time")
    chaos.set_defaults(handler=_campaign, program="chaos")

    race = commands.add_parser("race", help="run the same tasks from several experiments at the same moment")
    race.add_argument("--rounds", type=int, help="how many times (default: 50)")
    race.add_argument("--experiments", type=int, help="how many at once (default: 3)")
    race.set_defaults(handler=_campaign, program="race")

    for campaign in (chaos, race):
        campaign.add_argument("--tasks", type=int, help="how many tasks")
        campaign.add_argument("--seed", type=int, help="of what is left to chance")
        campaign.add_argument("--keep", action="store_true", help="keep the workspaces")

    fuzz = commands.add_parser("fuzz", help="run the tests that draw their examples with many more of them")
    fuzz.add_argument("packages", nargs="*", metavar="PACKAGE", help="only those of these packages")
    fuzz.add_argument("--times", type=int, default=30, help="how many times as many (default: %(default)s)")
    fuzz.add_argument("--seed", type=int, help="of what is drawn (default: another one each time)")
    fuzz.set_defaults(handler=_fuzz)

    build = commands.add_parser("build", help="build the wheels of all packages into dist/")
    build.set_defaults(handler=_build)

    env = commands.add_parser("env", help="make the environment .venv, or bring it up to date")
    env.add_argument("--fresh", action="store_true", help="make it again from nothing")
    env.add_argument("--examples", action="store_true", help="with what the examples need")
    env.set_defaults(handler=_env)

    bump = commands.add_parser("bump", help="give a package a new version, and tell its dependents")
    bump.add_argument("package")
    bump.add_argument("segment", help="major, minor, patch, rc, release... or a version")
    bump.set_defaults(handler=_bump)

    changelog = commands.add_parser(
        "changelog", help="show the changelog fragments as sections, or release them"
    )
    changelog.add_argument("packages", nargs="*", metavar="PACKAGE", help="only these packages")
    changelog.add_argument("--write", action="store_true", help="write CHANGELOG.md, remove the fragments")
    changelog.add_argument("--date", type=date.fromisoformat, help="of the release (default: today, UTC)")
    changelog.set_defaults(handler=_changelog)

    commands.add_parser("help", help="show this help")
    return parser


# The handlers import what they need: it is there only once the tool environment is.


def _demo(options: argparse.Namespace) -> int:
    from xpm_tools.demo import demo

    return demo(options.workdir, fresh=options.fresh)


def _test(options: argparse.Namespace) -> int:
    from xpm_tools.testing import run_stages

    return run_stages(options.stages, quick=options.quick)


def _bench(options: argparse.Namespace) -> int:
    from xpm_tools.bench import bench

    return bench(options.name, options.arguments)


def _campaign(options: argparse.Namespace) -> int:
    from xpm_tools.campaigns import run_campaign

    settings = {k: v for k, v in vars(options).items() if k not in ("handler", "program")}
    return run_campaign(options.program, settings)


def _fuzz(options: argparse.Namespace) -> int:
    from xpm_tools.fuzz import fuzz

    return fuzz(options.packages, times=options.times, seed=options.seed)


def _build(options: argparse.Namespace) -> int:
    from xpm_tools.build import build
    from xpm_tools.packages import discover

    for wheel in build(discover()).values():
        print(wheel)
    return 0


def _env(options: argparse.Namespace) -> int:
    from xpm_tools.environment import ensure_environment, ensure_examples
    from xpm_tools.paths import VENV

    if options.fresh:
        shutil.rmtree(VENV, ignore_errors=True)
    python = ensure_environment()
    if options.examples:
        ensure_examples()
    print(python)
    return 0


def _bump(options: argparse.Namespace) -> int:
    from xpm_tools.bump import bump

    return bump(options.package, options.segment)


def _changelog(options: argparse.Namespace) -> int:
    from xpm_tools.changelog import changelog

    return changelog(
        options.packages, write=options.write, today=options.date or datetime.now(timezone.utc).date()
    )
