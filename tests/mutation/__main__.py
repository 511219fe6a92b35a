"""Make and judge the mutants, write ``specs/mutation.md``; the exit code is 1 where a reason is missing or stale."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.mutation.killer import judge
from tests.mutation.making import PACKAGE, all_mutants
from tests.mutation.mutant import Mutant, Result
from tests.mutation.publication import problems, read_reasons, render, summary

REASONS = Path(__file__).with_name("reasons.yaml")
FILE = PACKAGE.parent / "specs" / "mutation.md"


def main() -> int:
    """Publish the result and say what is wrong with it."""
    reasons = read_reasons(REASONS.read_text(encoding="utf-8"))
    if (outcome := judge(None)) != "survived":
        print(f"The reference server itself was {outcome}; nothing can be said about its mutants.", file=sys.stderr)
        return 1
    results = _results(all_mutants())
    FILE.write_text(render(results, reasons), encoding="utf-8")
    found = problems(results, reasons)
    print(summary(results), *found, sep="\n")
    return 1 if found else 0


def _results(mutants: Sequence[Mutant]) -> list[Result]:
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(_result, mutants))


def _result(mutant: Mutant) -> Result:
    result = Result(mutant, judge(mutant))
    print(f"{result.outcome:<10}{mutant.module}.py {mutant.line} {mutant.operator}", flush=True)
    return result


if __name__ == "__main__":
    sys.exit(main())
