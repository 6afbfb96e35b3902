"""`xiangling recount` and `xiangling stats`: figures at a terminal."""

from __future__ import annotations

import argparse
import sys

from xiangling.insight import tallies
from xiangling.insight.recount import Outcome, recount
from xiangling.kernel.scope import unscoped

MOST_NAMED = 1000


def recount_all(argv: list[str]) -> int:
    """Count everything again from rows and ledger and print every difference; exit code 1 if there is one."""
    parser = argparse.ArgumentParser(prog="xiangling recount", description=recount_all.__doc__)
    parser.add_argument("--mend", action="store_true", help="replace what differs")
    options = parser.parse_args(argv)
    outcome = Outcome()
    with unscoped("the recount goes through every place"):
        taken = tallies.catch_up()
        if taken:
            print(f"{taken} announcements were waiting and are counted now")
        for difference in recount(outcome, mend=options.mend):
            if outcome.n_differences <= MOST_NAMED:
                print(f"DIFFERENT {difference}", file=sys.stderr)
    if outcome.n_differences > MOST_NAMED:
        print(f"... and {outcome.n_differences - MOST_NAMED} more", file=sys.stderr)
    print(
        f"{outcome.n_cases} cases and {outcome.n_cells} cells counted again, "
        f"{outcome.n_differences} differences"
        + (f", {outcome.n_mended} mended" if options.mend else "")
        + (f"; {outcome.n_waiting} cases still to be counted" if outcome.n_waiting else "")
    )
    return 1 if outcome.n_differences and not options.mend else 0
