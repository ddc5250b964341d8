"""Checklists as data: loaded from `sops/*.yaml`, linted, run by a pure interpreter, printed on paper.

A run is evidence; a decision is an engine event. The steps of a checklist record what somebody saw. Only an outcome
step names the event of a process, and the process may still refuse it.
"""
