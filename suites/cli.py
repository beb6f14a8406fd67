"""The command `gradassay`. Everything heavy is imported by the command that needs it."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn, TypeAlias

EXIT_CODES = """
exit codes:
  0  no difference        4  a mistake in the command, or an unknown engine
  1  differences          5  nothing was run
  2  interrupted          6  incomplete: not enough was run for what was asked
  3  internal error       7  the engine could not be started, or broke the protocol
"""
ENGINE = """
ENGINE is one of
  reference, torch, …        a bundled engine (`gradassay list engines`)
  package.module:attr        an adapter in an installed package
  path/file.py:attr          an adapter in a file
  cmd:COMMAND                any program that speaks the wire (docs/wire.md)
An adapter is a plain object; docs/adapters.md shows whole ones of ten lines.
"""
CHECK = """
examples:
  gradassay check reference
  gradassay check my_engine.py:Adapter --profile smoke
  gradassay check torch --only matmul,prod --dtype float32
  gradassay check torch -- -k where -x         arguments for pytest after --

Results go to .gradassay/ENGINE/: results.jsonl (the truth; all else is made from it), report.html,
summary.md, junit.xml, and failures/ with a script for each difference that runs alone. A run that
the command narrows (--only, --suite, -k …) leaves them and goes to .gradassay/ENGINE/narrowed/.
What the command does not say is taken from [tool.gradassay] in pyproject.toml (docs/pytest.md).
"""


class Parser(argparse.ArgumentParser):
    """An argument parser that ends with our exit code for a mistake."""

    def error(self, message: str) -> NoReturn:
        """One line, how to get help, exit 4."""
        self.exit(4, f"gradassay: {message} (try `{self.prog} --help`)\n")


def parser() -> Parser:
    """All commands and their options."""
    top = Parser(
        prog="gradassay",
        description="Give it an autograd engine; it says, with evidence, whether the gradients "
        "are right.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    top.add_argument("--version", action="store_true", help="print the version")
    top.add_argument("--debug", action="store_true", help="show tracebacks of our own errors")
    commands = top.add_subparsers(dest="command", metavar="COMMAND", parser_class=Parser)
    _check(commands)
    _bench(commands)
    _report(commands)
    _diff(commands)
    _replay(commands)
    _new_adapter(commands)
    _list(commands)
    return top


Commands: TypeAlias = "argparse._SubParsersAction[Parser]"


def _command(commands: Commands, name: str, say: str, more: str) -> Parser:
    made: Parser = commands.add_parser(
        name,
        help=say,
        description=say[0].upper() + say[1:] + ".",
        epilog=more,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    made.add_argument("--debug", action="store_true", default=argparse.SUPPRESS,
                      help="show tracebacks of our own errors")  # fmt: skip
    return made


def _check(commands: Commands) -> None:
    made = _command(commands, "check", "check an engine and write a report", ENGINE + CHECK)
    add = made.add_argument
    add("engine", metavar="ENGINE", nargs="?")
    add("--profile", choices=("smoke", "quick", "full"),
        help="seconds, a minute, or ten minutes (default: quick)")  # fmt: skip
    add("--grade", choices=("bronze", "silver", "gold", "platinum"),
        help="exit with 0 if this grade is reached")  # fmt: skip
    add(
        "--accept", metavar="FILE", help="known differences, each with a reason (docs/accepting.md)"
    )
    add("--write-accept", metavar="FILE", help="draft such a file from what this run finds")
    add("--baseline", metavar="RESULTS", help="an earlier run to compare with")
    add("--only", metavar="OPS", help="these ops only, separated by commas")
    add("--suite", action="append", metavar="S", help="a suite (`gradassay list suites`); repeat")
    add("--dtype", action="append", metavar="D", help="a dtype; repeat for several")
    add("--device", metavar="D", help="a device (default: cpu)")
    add("--seed", type=int, metavar="N", help="seed of all programs (default: 0)")
    add("--python", metavar="PATH", help="the interpreter that has the engine")
    add("--in-process", action="store_true", help="no process of its own, for a debugger")
    add("--out", metavar="DIR", help="where results go (default: .gradassay/ENGINE; of a run that "
        "the command narrows: narrowed/ in it)")  # fmt: skip


def _report(commands: Commands) -> None:
    made = _command(commands, "report", "make the HTML report from a results.jsonl", "")
    made.add_argument("results", metavar="RESULTS", help="a results.jsonl, or the folder it is in")
    made.add_argument("--out", metavar="FILE", help="where to write (default: beside RESULTS)")


def _bench(commands: Commands) -> None:
    more = """
three questions:
  how fast is it?            gradassay bench my_engine.py:Adapter torch
                             every family beside torch, verdicts on slowness, a report
  which of two is faster?    gradassay bench --compare my_engine.py:Adapter autograd
                             faster, slower or same for each family and size, with its spread
  did my change slow it?     gradassay bench my_engine.py:Adapter --against main
                             the file's repository at that revision beside the working tree

examples:
  gradassay bench reference torch autograd --family chain --family perceptron
  gradassay bench torch --device cuda
  gradassay bench reference --against HEAD~5 --family chain --tripwire 1.1

All that is compared is measured in one job: engines take turns, each in a process of its own with
one thread, and a ratio is the median of the ratios within rounds, with the interval that holds it
in nine of ten cases. Slower means that the whole interval says so. Exit code 1 if the second of a
pair is slower than the tripwire allows. Ctrl-C keeps what was measured and writes the report.
Results go to .gradassay/bench/: results.jsonl and report.html. docs/bench.md says more.
"""
    made = _command(commands, "bench", "time engines beside one another", ENGINE + more)
    add = made.add_argument
    add("engines", metavar="ENGINE", nargs="*", help="default: reference and torch")
    add("--compare", nargs=2, metavar=("A", "B"), help="two engines, B judged by A")
    add("--against", metavar="REV", help="ENGINE judged by itself at a git revision")
    add("--tripwire", type=float, default=1.25, metavar="X",
        help="how many times as long B, or the working tree, may take (default: 1.25)")  # fmt: skip
    add("--family", action="append", metavar="F",
        help="a family (`gradassay list families`); repeat for several")  # fmt: skip
    add("--python", action="append", metavar="ENGINE=PATH",
        help="the interpreter that has an engine; repeat for several")  # fmt: skip
    add("--keep-going", action="store_true", help="say which engines do not start; time the rest")
    add("--longest", type=float, default=30.0, metavar="S",
        help="leave out sizes that take more seconds a pass (default: 30)")  # fmt: skip
    add("--device", metavar="D", default="cpu", help="default: cpu")
    add("--rounds", type=int, metavar="N", help="turns (default: 5; of a pair 9)")
    add("--out", metavar="DIR", default=".gradassay/bench", help="where results go")


def _diff(commands: Commands) -> None:
    more = "\nExit code 1 if the second is worse: a new difference, or a lower grade.\n"
    made = _command(commands, "diff", "say what changed between two runs", more)
    made.add_argument("before", metavar="A", help="results.jsonl of a run, or its folder")
    made.add_argument("after", metavar="B", help="the same of a later one")


def _replay(commands: Commands) -> None:
    say = "run one program or check again, and say what is wrong"
    made = _command(commands, "replay", say, ENGINE)
    made.add_argument("program", metavar="FILE|ID", help="failures/ID.json, a program as JSON, "
                      "a failure's ID, or a check such as G8")  # fmt: skip
    made.add_argument("--engine", metavar="ENGINE",
                      help="default: that of the failure, or of the project")  # fmt: skip
    made.add_argument("--dtype", metavar="D", help="default: the one that the failure was seen at")
    made.add_argument("--device", metavar="D", help="default: the failure's; of a check, cpu")
    made.add_argument("--python", metavar="PATH", help="the interpreter that has the engine")
    made.add_argument("--in-process", action="store_true", help="for a debugger")


def _new_adapter(commands: Commands) -> None:
    made = _command(commands, "new-adapter", "write a file to begin an adapter with", "")
    made.add_argument("name", metavar="NAME", help="the engine's package")
    made.add_argument("--style", choices=("torch", "tape", "functional", "symbolic", "scalar"),
                      default="tape",
                      help="PyTorch's names throughout, tensors on a tape (default), functions, "
                           "symbols that are compiled, plain numbers")  # fmt: skip
    made.add_argument("--out", metavar="FILE", help="where to write (default: NAME_adapter.py)")


def _list(commands: Commands) -> None:
    more = "\nWhat the command does not say is taken from [tool.gradassay] in pyproject.toml.\n"
    made = _command(commands, "list", "name what there is, one a line", more)
    what = ("ops", "checks", "engines", "suites", "oracles", "saboteurs", "families")
    made.add_argument("what", choices=what)
    made.add_argument("--engine", metavar="ENGINE", nargs="?", const="",
                      help="of ops: which it offers; of checks: which hold (without a name: the "
                           "project's)")  # fmt: skip
    made.add_argument("--python", metavar="PATH", help="the interpreter that has the engine")


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; its exit code."""
    arguments = list(sys.argv[1:] if argv is None else argv)
    for_pytest: list[str] = []
    if "--" in arguments:
        at = arguments.index("--")
        arguments, for_pytest = arguments[:at], arguments[at + 1 :]
    options = parser().parse_args(arguments)
    if options.version:
        from .facts import installed

        print(f"gradassay {installed('gradassay')}")
        return 0
    if options.command is None:
        parser().print_help()
        return 4
    from . import commands

    return commands.guarded(options, for_pytest, arguments)


if __name__ == "__main__":
    raise SystemExit(main())
