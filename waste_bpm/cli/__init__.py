"""The command line `waste-bpm`: the table of its commands, and the place where errors become words and exit codes."""

from typing import Any

import click

from waste_bpm import __version__
from waste_bpm.cli.command import LazyJobs
from waste_bpm.cli.operating import OUTBOX, PEER
from waste_bpm.cli.output import explain, say

_AT = "waste_bpm.cli"

_CODES = LazyJobs(
    "codes",
    help="Look up waste codes and the codes of the forms.",
    examples=(
        "waste-bpm codes show A1160",
        "waste-bpm codes show B1110 --date 2025-01-01",
        "waste-bpm codes search lead",
    ),
    table={
        "show": (f"{_AT}.codes:show", "Show what a code means, and whether it may be used on a day."),
        "search": (f"{_AT}.codes:search", "Find codes by the words of their names."),
        "hs": (f"{_AT}.codes:hs", "Say which waste codes a customs code may stand for."),
        "lint": (f"{_AT}.codes:lint", "Check the files of the code lists, ours or those of a folder."),
    },
)
_REGISTERS = LazyJobs(
    "registers",
    help="Read and check the open registers: waivers, prohibitions of import, agreements, authorities.",
    examples=(
        "waste-bpm registers list",
        "waste-bpm registers list agreements",
        "waste-bpm registers lint waivers.csv",
    ),
    table={
        "list": (f"{_AT}.registers:list_", "List the open registers, or the rows of one."),
        "lint": (f"{_AT}.registers:lint", "Check files of registers, or those on file."),
    },
)
_RULES = LazyJobs(
    "rules",
    help="Read the rules that documents are checked by.",
    examples=("waste-bpm rules list", "waste-bpm rules show n14-hazard-stated", "waste-bpm rules mapping"),
    table={
        "list": (f"{_AT}.rules:rules", "List the rules across the fields of documents, with block, severity and law."),
        "show": (
            f"{_AT}.rules:rule",
            "Show one rule: where it points, how much it weighs, why, and how to cure a breach.",
        ),
        "mapping": (f"{_AT}.rules:annex_v", "Show what Annex V of the Convention asks, and which fields carry it."),
    },
)
_LAW = LazyJobs(
    "law",
    help="Read the law as data, and check its files.",
    examples=("waste-bpm law show EU", "waste-bpm law show GB --date 2026-06-01", "waste-bpm law lint"),
    table={
        "show": (f"{_AT}.law:show", "Show what a regime says on a day: its clocks and parameters."),
        "lint": (f"{_AT}.law:lint", "Check the law files, and list what is still to be verified."),
    },
)
_PROCESS = LazyJobs(
    "process",
    help="Read and draw the processes of the procedure.",
    examples=(
        "waste-bpm process list",
        "waste-bpm process show movement",
        "waste-bpm process show border_check --format mermaid",
    ),
    table={
        "list": (f"{_AT}.shapes:processes", "List the processes, in the order in which a consignment meets them."),
        "show": (f"{_AT}.shapes:process", "Show one process: as a table, JSON, Mermaid, SVG or BPMN."),
    },
)
_BLOCKS = LazyJobs(
    "blocks",
    help="Read the utility blocks: what authorities tell each other.",
    examples=("waste-bpm blocks list", "waste-bpm blocks show UB-TMW-03", "waste-bpm blocks show UB-TMW-02 --json"),
    table={
        "list": (f"{_AT}.blocks:blocks", "List the utility blocks, their versions and their messages."),
        "show": (f"{_AT}.blocks:block", "Show the four parts of a block: policy, process, data, technique."),
        "check": (
            f"{_AT}.blocks:check",
            "Check the messages of another system as the blocks say.",
        ),
    },
)
_CASE = LazyJobs(
    "case",
    help="Work on a case: one notification with its movements.",
    examples=(
        "waste-bpm case import examples/used-lead-acid-batteries/consignment.json",
        'waste-bpm case show "KE 000427"',
        'waste-bpm case why "KE 000427" transmit --as KE-CA',
    ),
    table={
        "import": (f"{_AT}.case_import:import_", "Begin a case from a consignment file."),
        "show": (f"{_AT}.case:show", "Show where a case stands, what is owed, and what may be done now."),
        "act": (f"{_AT}.case_act:act", "Take a step for a party of this node."),
        "bulk": (
            f"{_AT}.case_bulk:bulk",
            "Take many steps of a case from one file, each judged as it would be alone.",
        ),
        "why": (f"{_AT}.case_act:why", "Say whether a party may take a step now, and if not, every reason."),
        "retract": (f"{_AT}.case_act:retract", "Withdraw what was proposed and waits for a second person."),
        "fields": (f"{_AT}.case:fields", "Say what of a signed document is sealed, and what a party may still change."),
        "log": (f"{_AT}.case:log", "Show the events of a case in the order in which they were recorded."),
        "paper": (
            f"{_AT}.papers:enter",
            "Enter a letter, e-mail or fax of a State that is not connected, with its scan.",
        ),
        "knows": (
            f"{_AT}.knowing:knows",
            "Say what each node was told of a case and how far that went, and what it told this node.",
        ),
        "papers": (f"{_AT}.papers:papers", "List the papers of a case, or write their scans to a folder."),
        "messages": (f"{_AT}.case:messages", "List the messages of a case, or write them to a folder."),
    },
)
_MESSAGE = LazyJobs(
    "message",
    help="Take in messages of peers.",
    examples=(
        "waste-bpm message receive letter.xml",
        "waste-bpm message receive letter.xml --json",
        "waste-bpm message receive letter.xml --answer answer.xml",
    ),
    table={
        "receive": (f"{_AT}.node:receive", "Record the message that a file holds, and answer with a receipt."),
        "take-in": (
            f"{_AT}.outbox:take_in",
            "Take in the letters that somebody carried here in a file; each seal is verified first.",
        ),
        "fetch": (
            f"{_AT}.outbox:fetch",
            "Fetch what waits for this node at its peers, take it in, and give them the slips.",
        ),
    },
)
_SEAL = LazyJobs(
    "seal",
    help="Make keys, and seal messages or verify their seals.",
    examples=(
        "waste-bpm seal key ke-first --node KE --for KE-CA --keys first.json",
        "waste-bpm seal make letter.xml --key ours.key.json",
        "waste-bpm seal verify sealed.xml --keys ours.json",
    ),
    table={
        "key": (f"{_AT}.seals:key", "Make a new key for a node, and add its public half to a set."),
        "make": (f"{_AT}.seals:make", "Seal files: write FILE.jws beside each."),
        "verify": (f"{_AT}.seals:verify", "Verify the seal that lies beside each file as FILE.jws."),
        "revoke": (f"{_AT}.seals:revoke", "Revoke a key in a set from a moment on."),
    },
)
_SOP = LazyJobs(
    "sop",
    help="Read, check and run checklists (standard operating procedures).",
    examples=("waste-bpm sop list", "waste-bpm sop show SOP-01", "waste-bpm sop print SOP-01 > sop-01.md"),
    table={
        "list": (f"{_AT}.sop:list_", "List the checklists."),
        "show": (f"{_AT}.sop:show", "Show a checklist step by step."),
        "lint": (f"{_AT}.sop:lint", "Check that every path of a checklist ends, and that all it names exists."),
        "run": (f"{_AT}.sop_run:run", "Run a checklist for a border check, by questions or from prepared answers."),
        "print": (f"{_AT}.sop:print_", "Write a checklist for paper, as Markdown."),
    },
)
_NODE = LazyJobs(
    "node",
    help="Look after this node.",
    examples=(
        "waste-bpm node token KE-CA",
        "waste-bpm node init kenya --db kenya.db",
        "waste-bpm node rotate --db node.db",
    ),
    table={
        "init": (
            f"{_AT}.node_keys:init",
            "Begin a node: its database, its name, and the key with which it signs the heads of its log.",
        ),
        "rotate": (
            f"{_AT}.node_keys:rotate",
            "Make the next key of this node; heads are signed with it from now on.",
        ),
        "about": (f"{_AT}.peers:about", "Write what this node says of itself, under its seal, for its peers."),
        "peer": (PEER, PEER.help or ""),
        "status": (
            f"{_AT}.peers:status",
            "Show how this node stands with each other: what waits, what came, what failed, what was turned away.",
        ),
        "backup": (
            f"{_AT}.backups:backup",
            "Back up the whole database of this node into one file that proves itself.",
        ),
        "restore": (
            f"{_AT}.backups:restore",
            "Bring a backup to a new database, prove it there, and leave it read-only.",
        ),
        "resume": (f"{_AT}.backups:resume", "Let a node that was restored take acts and messages again."),
        "drill": (
            f"{_AT}.backups:drill",
            "Show that a backup of this node can be restored: back up, restore, prove, check, compare.",
        ),
        "erase": (
            f"{_AT}.erasing:erase",
            "Erase the documents and messages of a case that is over, and put on record who asked, when and why.",
        ),
        "rebuild": (
            f"{_AT}.erasing:rebuild",
            "Make the rows anew that are made from the log, and say what was different.",
        ),
        "policy": (f"{_AT}.policies:policy", "Show what this node handles by its own choice, or choose."),
        "four-eyes": (
            f"{_AT}.policies:four_eyes",
            "Show which steps two persons take together, or hold what the file of a country says.",
        ),
        "token": (f"{_AT}.node:token", "Issue a token with which somebody acts for a party through the API."),
    },
)
_SHIPMENT = LazyJobs(
    "shipment",
    help="Ask before a shipment is announced: its day, its quantity.",
    examples=(
        "waste-bpm shipment date 2026-03-04 --announced 2026-03-02 --regime GB --authority GB-ENG",
        "waste-bpm shipment quantity 12345.67 kg --regime GB",
        "waste-bpm shipment quantity 1 t --against 1000 kg",
    ),
    table={
        "date": (f"{_AT}.shipment:day", "Say whether a shipment may be announced for a day."),
        "quantity": (f"{_AT}.shipment:quantity", "Say what a quantity is exactly, and whether the regime takes it so."),
    },
)
_REPORT = LazyJobs(
    "report",
    help="Draw up what a State reports of a year.",
    examples=(
        "waste-bpm report transmission --country KE --year 2026 --db demo-output/demo.db",
        "waste-bpm report transmission --country KR --year 2026 --db demo-output/demo.db --json",
        "waste-bpm report transmission --country KE --year 2025 --db demo-output/demo.db --xml ke-2025.xml",
    ),
    table={
        "transmission": (
            f"{_AT}.report:transmission",
            "Draw up the movements of a State in a year (Basel Art. 13(3)(b)).",
        )
    },
)
_LOG = LazyJobs(
    "log",
    help="Prove that the log is as it was written.",
    examples=(
        "waste-bpm log verify",
        "waste-bpm log heads > kept.json",
        "waste-bpm log verify --db demo-output/demo.db",
    ),
    table={
        "verify": (f"{_AT}.node:verify", "Recompute every hash chain and digest of the log."),
        "heads": (f"{_AT}.node_keys:heads", "Write the newest heads of the log as JSON, for others to keep."),
    },
)


class _Root(LazyJobs):
    """The root: whatever a command raises becomes words and an exit code of the contract here."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; refusals, interruptions and the unexpected end here."""
        try:
            return super().invoke(ctx)
        except (click.ClickException, click.exceptions.Exit, BrokenPipeError):
            raise
        except (KeyboardInterrupt, EOFError, click.Abort):
            say("Interrupted. What was acknowledged is kept.")
            ctx.exit(130)
        except Exception as error:
            json_ = bool(ctx.meta.get("waste_bpm.json"))
            ctx.exit(explain(error, json_=json_, debug=bool(ctx.params.get("debug"))))


_NEXT = """\
waste-bpm: transboundary movements of waste, from notification to certified disposal.

Five things to do next:

  waste-bpm demo                                  play one consignment from beginning to end
  waste-bpm case show "KE 000427" --db demo-output/demo.db
                                                  see where it stands, and who owes what by when
  waste-bpm validate demo-output/messages         check messages: yours work too
  waste-bpm process show movement                 read what may happen, who may do it, and by which law
  waste-bpm serve --db demo-output/demo.db        open the API on this machine

waste-bpm --help lists all commands."""


@click.group(
    cls=_Root,
    invoke_without_command=True,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110},
    examples=(
        "waste-bpm demo",
        "waste-bpm deadline transit_answer --start 2026-01-10",
        'waste-bpm case show "KE 000427" --db demo-output/demo.db',
    ),
    epilog="Exit codes: 0 ok, 1 unexpected, 2 usage, 3 input invalid, 4 refused by a rule, 5 not found, 6 conflict, "
    "7 no permission, 8 network or server away, 9 partial success, 130 interrupted.",
    table={
        "demo": (f"{_AT}.demo:demo", "Play one consignment from notification to certificate, and check every message."),
        "federation-demo": (
            f"{_AT}.federation_demo:federation_demo",
            "Play one consignment on four nodes, while one is killed twice and a link is down for a while.",
        ),
        "serve": (f"{_AT}.serve:serve", "Serve the API of a node on this machine."),
        "work": (f"{_AT}.work:work", "Do what a node does by itself: end deadlines, seal the log, hand letters over."),
        "validate": (f"{_AT}.validate:validate", "Check files, folders or archives of messages; - is standard input."),
        "legality": (f"{_AT}.legality:ask", "Say whether a waste may go, and name every rule that decides."),
        "deadline": (f"{_AT}.law:deadline", "Say when a period of the law ends."),
        "law": (_LAW, _LAW.help or ""),
        "codes": (_CODES, _CODES.help or ""),
        "registers": (_REGISTERS, _REGISTERS.help or ""),
        "process": (_PROCESS, _PROCESS.help or ""),
        "blocks": (_BLOCKS, _BLOCKS.help or ""),
        "rules": (_RULES, _RULES.help or ""),
        "case": (_CASE, _CASE.help or ""),
        "shipment": (_SHIPMENT, _SHIPMENT.help or ""),
        "message": (_MESSAGE, _MESSAGE.help or ""),
        "seal": (_SEAL, _SEAL.help or ""),
        "sop": (_SOP, _SOP.help or ""),
        "node": (_NODE, _NODE.help or ""),
        "outbox": (OUTBOX, OUTBOX.help or ""),
        "report": (_REPORT, _REPORT.help or ""),
        "log": (_LOG, _LOG.help or ""),
        "check": (f"{_AT}.node:check", "Ask every invariant over the store, after proving the log."),
    },
)
@click.version_option(__version__, message="%(version)s")
@click.option("--debug", is_flag=True, envvar="WASTE_BPM_DEBUG", help="Show where an unexpected error came from.")
@click.pass_context
def main(ctx: click.Context, debug: bool) -> None:
    """Carry transboundary movements of waste from notification to certified disposal."""
    if ctx.invoked_subcommand is None:
        click.echo(_NEXT)
