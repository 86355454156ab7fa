"""Print how the alerts of the shipped catalogue are proven, by kind.

python tests/generator/proving/figures.py
"""

from collections import Counter

from sothat.generator.checked import installed_checks
from sothat.generator.compile import compile_catalogue, installed_inputs
from sothat.generator.proving.cases import Purpose
from sothat.generator.values import Values


def main() -> None:
    """Compile the shipped catalogue and count."""
    checked = compile_catalogue(installed_inputs(None, Values()), installed_checks())
    workshop = checked.workshop
    made, alone, purposes = Counter[str](), list[str](), Counter[Purpose]()
    for alert in checked.catalogue.alerts:
        cases = workshop.cases(alert)
        purposes.update(case.purpose for case in cases)
        made.update([alert.kind] if cases else [])
        alone += [] if cases else [alert.name]
    kinds = Counter(alert.kind for alert in checked.catalogue.alerts)
    for kind, count in sorted(kinds.items()):
        print(f"{kind:14} {made[kind]:4} of {count:4} from the expression")
    print(f"{'all':14} {sum(made.values()):4} of {sum(kinds.values()):4}")
    print(f"from examples only: {', '.join(alone)}")
    print(f"tests: {', '.join(f'{name} {n}' for name, n in sorted(purposes.items()))}")


if __name__ == "__main__":
    main()
