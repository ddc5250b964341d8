"""The dated code lists that documents name: Annexes I to IV, VIII and IX of the Convention, OECD, EU, and the forms.

Each list is a file of `law/lists/`: one code a row, `source` last. A column that a file leaves out is blank for all its
rows. A code is never deleted: it gets its last day and, where there are any, its successors (`;` between them). A blank
first day means that the code is known and the day it began is not; such a code counts as valid.

    lists        the lists and their entries
    validity     whether a code may be used on a day, and if not, why
    words        search by words
    treatment    how a control system treats a code, and what else the same waste is called
    customs      from customs codes to waste codes
    lint         what is wrong in the files
"""

from waste_bpm.law.codes.customs import HINT, Correlation, correlated_wastes, correlations, hs
from waste_bpm.law.codes.lists import (
    LISTS,
    NOT_CARRIED,
    NOT_LISTED,
    CodeList,
    Entry,
    editions,
    entries,
    everywhere,
    find,
    predecessors,
    read,
    wastes,
)
from waste_bpm.law.codes.rows import Row, rows
from waste_bpm.law.codes.treatment import (
    OUT_OF_FORCE,
    READINGS,
    STATUSES,
    VIEWS,
    Equivalent,
    Status,
    all_equivalents,
    equivalents,
    interim,
    mirrors,
    status,
    status_rules,
)
from waste_bpm.law.codes.validity import in_force, problem, unknown_here
from waste_bpm.law.codes.words import search

__all__ = [
    "HINT",
    "LISTS",
    "NOT_CARRIED",
    "NOT_LISTED",
    "OUT_OF_FORCE",
    "READINGS",
    "STATUSES",
    "VIEWS",
    "CodeList",
    "Correlation",
    "Entry",
    "Equivalent",
    "Row",
    "Status",
    "all_equivalents",
    "correlated_wastes",
    "correlations",
    "editions",
    "entries",
    "equivalents",
    "everywhere",
    "find",
    "hs",
    "in_force",
    "interim",
    "mirrors",
    "predecessors",
    "problem",
    "read",
    "rows",
    "search",
    "status",
    "status_rules",
    "unknown_here",
    "wastes",
]
