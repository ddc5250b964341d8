"""The commands of whoever looks after a node: its peers, and the letters that wait for them."""

from waste_bpm.cli.command import LazyJobs

_AT = "waste_bpm.cli"

PEER = LazyJobs(
    "peer",
    help="Say which other nodes this node believes.",
    examples=(
        "waste-bpm node peer list",
        "waste-bpm node peer list --json",
        "waste-bpm node peer list --db node.db",
    ),
    table={
        "paper": (
            f"{_AT}.papers:put_on_paper",
            "Register that a node is not connected: what is for it goes on paper, and comes so.",
        ),
        "add": (f"{_AT}.peers:add", "Believe what another node says of itself in a file."),
        "list": (f"{_AT}.peers:listed", "List the peers, their addresses and the fingerprints of their keys."),
        "remove": (f"{_AT}.peers:remove", "Believe nothing more of a node; letters for it go on waiting."),
        "compare": (
            f"{_AT}.peers_compared:compare",
            "Say whether other nodes hold the same of each case as this one, and which part differs.",
        ),
        "thaw": (
            f"{_AT}.peers:thaw",
            "Let go on what a node says of a case, after its line stood still or a parcel was put aside.",
        ),
    },
)
OUTBOX = LazyJobs(
    "outbox",
    help="Look at letters that wait for other nodes.",
    examples=(
        "waste-bpm outbox list",
        "waste-bpm outbox list --json",
        "waste-bpm outbox list --db demo-output/demo.db",
    ),
    table={
        "list": (
            f"{_AT}.node:outbox",
            "List the letters that have no receipt yet, and those that their receivers rejected for good.",
        ),
        "show": (f"{_AT}.outbox:show", "Show what became of a letter at each node that it goes to."),
        "retry": (
            f"{_AT}.outbox:retry",
            "Let everything that waits for a node go at the next round, however long it was to be left alone.",
        ),
        "resend": (
            f"{_AT}.outbox:resend",
            "Send a node once more what it has confirmed since a day, for it was restored from a backup.",
        ),
        "undelivered": (
            f"{_AT}.outbox:undelivered",
            "Show what has not arrived, node by node: how many letters, since when, and when they go again.",
        ),
        "replace": (
            f"{_AT}.outbox:replace",
            "Say which corrected message has taken the place of a letter that was rejected or given up.",
        ),
        "close": (f"{_AT}.outbox:close", "Send a letter to a node no more, for a reason that stays on file."),
        "export": (f"{_AT}.outbox:export", "Write what waits for a node into a file that somebody carries there."),
        "slips": (f"{_AT}.outbox:slips", "End the waiting of letters as the slips in a file say."),
    },
)
