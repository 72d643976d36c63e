"""Whether what people look at shows what was measured: the report, and the model card."""

from __future__ import annotations

from recbox.api.portraying import portrait
from recbox.artifact import Content, Facts
from recbox.artifact.card import model_card
from recbox.artifact.manifest import used
from recbox.report import Document, render, without_portrait
from recbox.verification.check import Check, checked, unproven
from recbox.verification.subject import VERSIONS, Subject, version_of

NAME = "report and card"
OTHER = "what they show can't be compared here: believe metrics.json alone, or verify with that version"
ELSEWHERE = "figures, curves and texts are what the artifact gives; lists and maps were not compared"
PAINTED = "the page shows something else than the artifact's figures, lists and recipe give: it was edited"


def showing(subject: Subject) -> list[Check]:
    """Both are made anew and compared, byte for byte; another version of recbox draws them otherwise. What
    the report draws of lists may differ elsewhere, as figures may, and is left aside there."""
    made = subject.artifact.manifest.version.get("recbox")
    if made != version_of(VERSIONS["recbox"]):
        return [unproven(NAME, f"they were drawn by recbox {made}", OTHER)]
    again = pages(subject)
    found = {name: subject.artifact.page(name) for name in again}
    if found == again:
        return [checked(NAME, "", "made anew, they are the same", PAINTED)]
    if subject.changed and all(without_portrait(found[n]) == without_portrait(again[n]) for n in again):
        return [unproven(NAME, f"made anew, lists differ here ({subject.changed})", ELSEWHERE)]
    wrong = " and ".join(name for name, text in again.items() if found[name] != text)
    return [checked(NAME, f"{wrong}: not what the figures give", "", PAINTED)]


def pages(subject: Subject) -> dict[str, str]:
    """The report and the card, made anew of all else that the artifact holds."""
    artifact, metrics = subject.artifact, subject.metrics
    found = subject.test if artifact.manifest.status == "done" else None
    drawn = portrait(subject.recipe, subject.dataset, subject.split, subject.at_test, found, subject.scorer)
    said = str(metrics.get("sentence", ""))
    report = render(Document(artifact.name, metrics, artifact.history, artifact.recipe, said, drawn))
    return {"report.html": report, "README.md": model_card(content_of(subject), artifact.manifest.file)}


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
        facts=Facts(**dict(run), plugins=used(artifact.manifest)),
        history=artifact.history,
        status=artifact.manifest.status,
    )
