"""The closed loop: cases, steps, ledger, docket, clocks, duties, scope, lists.

Knows no domain word. Imports nothing else of the house.
"""
