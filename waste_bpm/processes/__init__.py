"""The verbs: what may happen, one module per process, each a table of steps; and `decide` and `evolve` over them."""

from waste_bpm.processes.annex_vii import ANNEX_VII
from waste_bpm.processes.answer import ANSWER
from waste_bpm.processes.assessment import ASSESSMENT
from waste_bpm.processes.border_check import BORDER_CHECK, DETENTION
from waste_bpm.processes.change import CHANGE, CHANGE_ANSWER
from waste_bpm.processes.deadlines import DEADLINES
from waste_bpm.processes.erasure import ERASURE
from waste_bpm.processes.guarantee import GUARANTEE
from waste_bpm.processes.illegal_case import ILLEGAL_CASE
from waste_bpm.processes.movement import MOVEMENT
from waste_bpm.processes.notification import NOTIFICATION
from waste_bpm.processes.paper import PAPER
from waste_bpm.processes.pre_consent import PRE_CONSENT
from waste_bpm.processes.process import Process
from waste_bpm.processes.receipt import RECEIPT
from waste_bpm.processes.return_case import RETURN_CASE
from waste_bpm.processes.return_movement import RETURN_MOVEMENT
from waste_bpm.processes.take_back import TAKE_BACK
from waste_bpm.processes.treatment import DISPOSAL

PROCESSES: dict[str, Process] = {
    process.name: process
    for process in (
        NOTIFICATION,
        ASSESSMENT,
        ANSWER,
        CHANGE,
        CHANGE_ANSWER,
        GUARANTEE,
        MOVEMENT,
        BORDER_CHECK,
        DETENTION,
        RECEIPT,
        DISPOSAL,
        RETURN_CASE,
        TAKE_BACK,
        RETURN_MOVEMENT,
        ILLEGAL_CASE,
        ANNEX_VII,
        PRE_CONSENT,
        DEADLINES,
        PAPER,
        ERASURE,
    )
}
"""All processes by name, in the order in which a consignment meets them."""
