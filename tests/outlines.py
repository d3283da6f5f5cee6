"""Outlines for tests of what stores and shows them."""

from groundplan.domain.outline import Origin, Outline, OutlineDependency, OutlineStep
from groundplan.domain.resources import ThreePoint


def outline(title: str = "Ship the release", *, steps: int = 3) -> Outline:
    """A chain of so many steps, the last of which is bound to an output of the first."""
    made = [
        OutlineStep(
            key=f"s{number}",
            name=f"Step {number} of {title}",
            depends_on=[OutlineDependency(key=f"s{number - 1}")] if number > 1 else [],
            inputs={"path": "${s1.output.path}", "n": number} if number == steps > 1 else {},
            duration=ThreePoint(60, 120, 300),
        )
        for number in range(1, steps + 1)
    ]
    return Outline(title=title, steps=made, origin=Origin(strategy="llm", model="ollama:tiny", tokens=900))
