"""Inputs nobody wrote, and an oracle that knows what loading them would really do.

``python -m tools.fuzz pickles`` makes pickle streams opcode by opcode and holds the scanner against
CPython's own loaders; ``python -m tools.fuzz artifacts`` lets atheris, guided by coverage, look for
bytes that upset any reader. ``make fuzz`` runs both.
"""
