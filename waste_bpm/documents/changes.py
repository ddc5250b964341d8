"""The change of a consented file: what is to change, what each authority says, and the file as it then reads.

Regulation (EU) 2024/1157, Art. 17; Implementing Regulation (EU) 2025/1290, Art. 17(14).
"""

from collections.abc import Iterator
from typing import Annotated, Any, ClassVar

import orjson
from annotated_types import MinLen
from pydantic import ValidationError

from waste_bpm.documents.model import Block, Document
from waste_bpm.documents.notification import Notification
from waste_bpm.documents.types import Count, CountryCode, Day, Lexical, Line, Words

_SHOWN = 250
Pointer = Annotated[
    str,
    Lexical(name="Pointer", base="xs:token", example="/carriers/0/party/phone", pattern=r"(/[A-Za-z0-9_]{1,40}){1,8}"),
]


class Difference(Document):
    """One value before and after: where it stands in the notification, and what it says."""

    pointer: Annotated[Pointer, Block(says="Where it stands")]
    before: Annotated[Line | None, Block(says="Before")] = None
    after: Annotated[Line | None, Block(says="After")] = None


class ChangeRequest(Document):
    """The notifier asks for a change of a file that was consented to; the whole notification as it would then read."""

    basis: ClassVar[type[Document]] = Notification

    change: Annotated[Count, Block(says="Number of the change")]
    asked_on: Annotated[Day, Block(says="Asked on")]
    reason: Annotated[tuple[Words, ...], Block(says="Reason"), MinLen(1)]
    material: Annotated[bool, Block(says="It touches what the authorities consented to")]
    differences: Annotated[tuple[Difference, ...], Block(says="What changes"), MinLen(1)]
    notification: Annotated[Notification, Block(says="The notification with the change")]

    @property
    def content(self) -> str:
        """The digest of what the authorities consent to, as it would be."""
        return self.notification.content

    @classmethod
    def prefilled(cls, filed: Document, own: dict[str, Any]) -> dict[str, Any]:
        """The data of a request: the differences are found by comparing with the notification on file."""
        if not isinstance(filed, Notification) or not isinstance(own.get("notification"), dict):
            return own
        try:
            changed = Notification.model_validate(own["notification"])
        except ValidationError:
            return own
        found = [each.model_dump(mode="json") for each in compared(filed, changed)]
        return {"differences": found, "material": changed.content != filed.content, **own}


def compared(before: Notification, after: Notification) -> Iterator[Difference]:
    """Every value in which two notifications differ, by its pointer."""
    was, will = (dict(_leaves(each.model_dump(mode="json", exclude_none=True))) for each in (before, after))
    for pointer in dict.fromkeys((*was, *will)):
        if was.get(pointer) != will.get(pointer):
            yield Difference(pointer=pointer, before=_shown(was.get(pointer)), after=_shown(will.get(pointer)))


def _leaves(value: Any, pointer: str = "") -> Iterator[tuple[str, Any]]:
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not isinstance(value, dict | list):
        yield pointer, value
    for name, each in inside:
        yield from _leaves(each, f"{pointer}/{name}")


def _shown(value: Any) -> str | None:
    if value is None:
        return None
    words = " ".join((value if isinstance(value, str) else orjson.dumps(value).decode()).split())
    return (words if len(words) <= _SHOWN else words[: _SHOWN - 1] + "…") or None


class ChangeAnswer(Document):
    """An authority says whether it agrees to a change, or a new notification is needed."""

    change: Annotated[Count, Block(says="Number of the change")]
    country: Annotated[CountryCode, Block(says="State", codes="COUNTRY")]
    answered_on: Annotated[Day, Block(says="Answered on")]
    reason: Annotated[tuple[Words, ...], Block(says="Reason")] = ()


class ChangeAgreement(Document):
    """All authorities agreed to a change: the notification as it reads from now on."""

    basis: ClassVar[type[Document]] = ChangeRequest

    change: Annotated[Count, Block(says="Number of the change")]
    agreed_on: Annotated[Day, Block(says="Agreed by all on")]
    notification: Annotated[Notification, Block(says="The notification with the change")]

    @classmethod
    def prefilled(cls, filed: Document, own: dict[str, Any]) -> dict[str, Any]:
        """The data of an agreement: the notification is that of the request on file."""
        if not isinstance(filed, ChangeRequest):
            return own
        return {"notification": filed.notification.model_dump(mode="json", exclude_none=True), **own}


class ChangeRefusal(Document):
    """A change is not agreed to by all; the file stays as it is, and a new notification is needed for the change."""

    change: Annotated[Count, Block(says="Number of the change")]
    refused_on: Annotated[Day, Block(says="Refused on")]
    reason: Annotated[tuple[Words, ...], Block(says="Reason"), MinLen(1)]
