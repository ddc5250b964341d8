"""`python -m waste_bpm` is the command line."""

from waste_bpm.cli import main

main(prog_name="waste-bpm")
