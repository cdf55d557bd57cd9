"""Who stands at the counter, as calls say it."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, Field

from issuer.cards.identity import Document, Presence, Shown

PLAIN_TEXT = r"^[^\x00-\x1f]*$"
ShortText = Annotated[str, Field(max_length=200, pattern=PLAIN_TEXT)]


class DocumentIn(BaseModel):
    """A document that was shown: its type in two characters, and its number."""

    type: str = Field(max_length=2, pattern=PLAIN_TEXT)
    number: str = Field(max_length=32, pattern=PLAIN_TEXT)


class ShownIn(BaseModel):
    """The holder, a guardian or an agent with documents, or a caller who answers questions."""

    presence: Presence
    holder: DocumentIn | None = None
    other: DocumentIn | None = Field(default=None, description="document of the guardian or agent")
    other_name: str = Field(default="", max_length=64, pattern=PLAIN_TEXT)
    relation: str = Field(default="", max_length=2, pattern=PLAIN_TEXT, description="of a guardian, a code")
    proof: str = Field(default="", max_length=2, pattern=PLAIN_TEXT, description="of the relation, a code")
    answers: dict[Annotated[str, Field(max_length=64)], Annotated[str, Field(max_length=200)]] = Field(
        default={}, max_length=10, description="answers of a caller by item, such as birth_date"
    )

    def shown(self) -> Shown:
        """What the services take."""
        return Shown(
            presence=self.presence,
            holder=_document(self.holder),
            other=_document(self.other),
            other_name=self.other_name,
            relation=self.relation,
            proof=self.proof,
            answers=self.answers,
        )


def _document(given: DocumentIn | None) -> Document | None:
    return Document(given.type, given.number) if given else None
