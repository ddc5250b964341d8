"""The verbs: what may happen, one module per process, each a table of steps; and `decide` and `evolve` over them."""

from waste_bpm.processes.answer import ANSWER
from waste_bpm.processes.border_check import BORDER_CHECK
from waste_bpm.processes.movement import MOVEMENT
from waste_bpm.processes.notification import NOTIFICATION
from waste_bpm.processes.process import Process
from waste_bpm.processes.receipt import DISPOSAL, RECEIPT, RETURN_CASE

PROCESSES: dict[str, Process] = {
    process.name: process for process in (NOTIFICATION, ANSWER, MOVEMENT, BORDER_CHECK, RECEIPT, DISPOSAL, RETURN_CASE)
}
"""All processes by name, in the order in which a consignment meets them."""
