"""Whether what people look at shows what was measured: the report, and the model card."""

from __future__ import annotations

from recbox.artifact import Content, Facts
from recbox.artifact.card import model_card
from recbox.report import Document, render
from recbox.verification.check import Check, checked, unproven
from recbox.verification.subject import VERSIONS, Subject, version_of

NAME = "report and card"
OTHER = "what they show can't be compared here: believe metrics.json alone, or verify with that version"
PAINTED = "the page shows something else than metrics.json, history.jsonl and the recipe hold: it was edited"


def showing(subject: Subject) -> list[Check]:
    """Both are made anew and compared, byte for byte; another version of recbox draws them otherwise."""
    made = subject.artifact.manifest.version.get("recbox")
    if made != version_of(VERSIONS["recbox"]):
        return [unproven(NAME, f"they were drawn by recbox {made}", OTHER)]
    artifact, metrics = subject.artifact, subject.metrics
    sentence = str(metrics.get("sentence", ""))
    report = render(Document(artifact.name, metrics, artifact.history, artifact.recipe, sentence))
    again = {"report.html": report, "README.md": model_card(content_of(subject))}
    differing = [name for name, text in again.items() if artifact.page(name) != text]
    wrong = f"{' and '.join(differing)}: not what the figures give" if differing else ""
    return [checked(NAME, wrong, "made anew, they are the same", PAINTED)]


def content_of(subject: Subject) -> Content:
    """As much of what was written as the card is made of."""
    artifact = subject.artifact
    run, head = artifact.manifest.run, artifact.manifest.scorer
    return Content(
        name=artifact.name,
        recipe_text=artifact.recipe,
        dataset=subject.dataset,
        split=subject.split,
        scorer=subject.scorer,
        scorer_head={"kind": head.kind, "use": head.use},
        metrics=subject.metrics,
        report="",
        facts=Facts(seed=run.seed, device=run.device, seconds=run.seconds),
        status=artifact.manifest.status,
    )
