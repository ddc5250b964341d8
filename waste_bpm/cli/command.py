"""The shape of every command: its help says the job, then examples that work, then the options.

Groups know their commands by a table and import the module of the one that is asked for, so that help is there at once
and a command pays only for what it uses.
"""

from collections.abc import Callable, Mapping, Sequence
from difflib import get_close_matches
from enum import StrEnum
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any, TypeVar

import click

from waste_bpm.errors import RuleMissingError

F = TypeVar("F", bound=Callable[..., Any])

DATABASE = "waste-bpm.db"
"""The database when nobody names one."""


class Who(StrEnum):
    """Who may run a command that writes to a node."""

    OPERATOR = "the operator of the node, to whom its database and its key belong"
    PARTY = "a party of the node; the row of the step says which one may take it"
    SENDER = "whoever brings what another node has sealed or a party has said; it is judged as theirs"


class _Helpful(click.Command):
    """What commands and groups share: examples, and help in the order in which it is read."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **named: Any) -> None:
        self.examples = tuple(examples)
        super().__init__(*args, **named)

    def format_help(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the job, examples, more words, usage, options."""
        job, _, more = (self.help or "").partition("\n")
        formatter.write(f"{job}\n")
        if self.examples:
            with formatter.section("Examples"):
                for example in self.examples:
                    formatter.write(f"  {example}\n")
        if more.strip():
            formatter.write_paragraph()
            formatter.write_text(more.strip())
        formatter.write_paragraph()
        self.format_usage(ctx, formatter)
        self.format_options(ctx, formatter)
        self.format_epilog(ctx, formatter)


class Job(_Helpful):
    """A command; one that writes to a node says who may run it."""

    def __init__(self, *args: Any, who: Who | None = None, **named: Any) -> None:
        self.who = who
        super().__init__(*args, **named)

    def format_epilog(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write who may run it, where that is a question."""
        if self.who is not None:
            formatter.write_paragraph()
            formatter.write_text(f"Who may: {self.who}.")
        super().format_epilog(ctx, formatter)


def refuse_unruled() -> None:
    """Raise RuleMissingError where the command that runs writes to a node and does not say who may."""
    ctx = click.get_current_context(silent=True)
    if ctx is not None and isinstance(ctx.command, Job) and ctx.command.who is None:
        raise RuleMissingError(f"Nothing says who may write with: {ctx.command_path}.")


class Jobs(_Helpful, click.Group):
    """A group of commands on one noun."""

    command_class = Job

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the commands first, for they are what somebody looks for here."""
        self.format_commands(ctx, formatter)
        click.Command.format_options(self, ctx, formatter)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Find the command; a word that is none is answered with what was probably meant."""
        if not args[0].startswith("-") and self.get_command(ctx, args[0]) is None and not ctx.resilient_parsing:
            near = get_close_matches(args[0], self.list_commands(ctx), n=3)
            cure = f"Did you mean {' or '.join(near)}?" if near else f"There are: {', '.join(self.list_commands(ctx))}."
            ctx.fail(f"There is no command {args[0]!r} here. {cure}")
        return super().resolve_command(ctx, args)


class LazyJobs(Jobs):
    """A group that imports the module of a command when it is asked for.

    `table` gives for each command where it is (`module:attribute`, or a group itself) and the first line of its help.
    """

    def __init__(self, *args: Any, table: Mapping[str, tuple[str | click.Command, str]], **named: Any) -> None:
        self.table = table
        super().__init__(*args, **named)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name the commands in the order of the table."""
        return list(self.table)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Import and give a command; None when there is no such one."""
        found = self.table.get(cmd_name, (None, ""))[0]
        if not isinstance(found, str):
            return found
        module, _, attribute = found.partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write what the table says, so that help imports nothing."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, says) for name, (_, says) in self.table.items()])


job = partial(click.command, cls=Job)
"""Declares a command: `@job(examples=(...))`, and `who=` where it writes to a node."""


def _remember(ctx: click.Context, _: click.Parameter, value: bool) -> bool:
    ctx.meta["waste_bpm.json"] = value
    return value


def _remember_language(ctx: click.Context, _: click.Parameter, value: str | None) -> None:
    if value is None:
        return
    known = import_module("waste_bpm.utility_blocks.wording").languages()
    if value not in known:
        raise click.BadParameter(f"{value!r} is not one of {', '.join(known)}.")
    ctx.meta["waste_bpm.lang"] = value


_in_json = click.option(
    "--json", "json_", is_flag=True, is_eager=True, callback=_remember, help="Answer as JSON that names its schema."
)
_in_language = click.option(
    "--lang",
    "--language",
    "lang",
    metavar="LANGUAGE",
    is_eager=True,
    expose_value=False,
    callback=_remember_language,
    envvar="WASTE_BPM_LANG",
    help="Of the findings, as en or fr; without it that of the machine.",
)


def as_json(command: F) -> F:
    """The options `--json` and `--lang`, which every command has."""
    return _in_json(_in_language(command))


database = click.option(
    "--db",
    metavar="PATH|URL",
    default=DATABASE,
    envvar="WASTE_BPM_DB",
    show_default=True,
    show_envvar=True,
    help="The database of the node.",
)
"""The option `--db` of commands that need a node."""

private_key = click.option(
    "--key",
    "key_file",
    type=click.Path(dir_okay=False, path_type=Path),
    envvar="WASTE_BPM_KEY",
    show_envvar=True,
    help="The private key of this node; without it the file beside the database.",
)
"""The option `--key` of commands that sign heads."""

as_party = click.option(
    "--as", "party", metavar="PARTY", required=True, help="The party that acts, by the identifier of its file."
)
"""The option `--as`: for whom a step is taken."""

as_person = click.option(
    "--person", metavar="PSEUDONYM", help="The person who acts for the party, as officer-17; none where a system does."
)
"""The option `--person`: who acts for the party."""

on_stream = click.option(
    "--on",
    "stream",
    metavar="STREAM",
    default="notification",
    show_default=True,
    help="The process instance: answer/LK, movement/3, border_check/3/KR-BUSAN, receipt/3...",
)
"""The option `--on`: on which process instance a step is taken."""
