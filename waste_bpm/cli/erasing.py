"""What an operator does to the stored data: erase the documents of a case, make derived rows anew."""

import click

from waste_bpm.casework import projections
from waste_bpm.casework.erasing import drawn_up
from waste_bpm.casework.erasing import erase as let_go
from waste_bpm.cli.command import Who, as_json, database, job
from waste_bpm.cli.opening import opened
from waste_bpm.cli.output import answer, plural, say


@job(
    examples=(
        "waste-bpm node erase 'KE 000427' --by KE-CA --reason 'the time for keeping has passed' --yes",
        "waste-bpm node erase 'KE 000427' --by KE-CA --reason 'asked by the person concerned' --yes --json",
        "waste-bpm node erase 'KE 000427' --by KE-CA --reason 'file closed' --yes --db node.db",
    ),
    who=Who.OPERATOR,
)
@click.argument("case")
@click.option("--by", "party", metavar="PARTY", required=True, help="The party of this node that asks for it.")
@click.option("--reason", required=True, help="Why; it stays on record, so name no person in it.")
@click.option("--yes", is_flag=True, help="Do not ask once more.")
@database
@as_json
def erase(case: str, party: str, reason: str, yes: bool, db: str, json_: bool) -> None:
    """Erase the documents and messages of a case that is over, and put on record who asked, when and why.

    The log stays whole: events keep their facts and the digests of what was erased. Documents go whole, with all
    contact persons in them. Backups and other nodes keep their copies until they erase them.
    """
    with opened(db, write=True) as node:
        case_id = node.find(case)
        asked = drawn_up(node, case_id, reason)
        documents, letters = len(asked.erased_documents), len(asked.erased_messages)
        what = f"{plural(documents, 'document')} and {plural(letters, 'message')} of the case {case}"
        if not yes:
            click.confirm(f"Erase {what} on this node? It cannot be undone.", abort=True, err=True)
        let_go(node, case_id, reason=reason, party=party)
    digests = {"erased_documents": asked.erased_documents, "erased_messages": asked.erased_messages}
    answer("erasure", {"case": case_id, "by": party, "reason": reason, **digests}, [f"Erased: {what}."], json_=json_)
    say("That it was erased, for whom and why is in the log (waste-bpm case log).")


@job(
    examples=(
        "waste-bpm node rebuild",
        "waste-bpm node rebuild --json",
        "waste-bpm node rebuild --db node.db",
    ),
    who=Who.OPERATOR,
)
@database
@as_json
def rebuild(db: str, json_: bool) -> None:
    """Make the rows anew that are made from the log, and say what was different.

    These are the running deadlines and the search table. The log is not touched; prove it first: waste-bpm log verify.
    """
    with opened(db, write=True) as node, node.store.transaction():
        found = projections.difference(node)
        projections.rebuild(node)
    text = [
        f"{table}: {plural(each.missing, 'row')} made, {plural(each.unfounded, 'row')} dropped"
        for table, each in found.items()
    ]
    answer("rebuild", {"different": found}, text or ["Every row was what the log says."], json_=json_)
