"""What a scan may be: PDF, JPEG or PNG, told by its own bytes and whole; its name says nothing."""

from waste_bpm.errors import InputInvalid
from waste_bpm.vocabulary import Finding

MOST_BYTES = 10 * 1024 * 1024
"""More than a letter of some pages needs."""
KINDS = {
    "Scan (pdf)": (b"%PDF-", b"%%EOF", "application/pdf"),
    "Scan (jpeg)": (b"\xff\xd8\xff", b"\xff\xd9", "image/jpeg"),
    "Scan (png)": (b"\x89PNG\r\n\x1a\n", b"IEND\xaeB`\x82", "image/png"),
}
"""By the kind under which it is kept: how its bytes begin, what stands at their end, and its media type."""
_END = 1024
"""How near to its end a file says that it ends."""


def kind_of(data: bytes) -> str:
    """What a scan is; raises InputInvalid for anything else, for half of one, and for one that is too large."""
    if len(data) > MOST_BYTES:
        raise InputInvalid(
            Finding(
                rule_id="scan-too-large",
                message=f"The scan has {len(data) // 1024} KiB; at most {MOST_BYTES // 1024} are kept.",
                pointer="/scan",
                fix="Scan it again with fewer dots, in grey.",
            ),
            status=413,
        )
    for kind, (begins, ends, _) in KINDS.items():
        if data.startswith(begins) and ends in data[-_END:]:
            return kind
    raise InputInvalid(
        Finding(
            rule_id="scan-is-a-scan",
            message="The bytes are no whole PDF, JPEG or PNG file, whatever their name says.",
            pointer="/scan",
            fix="Give the scan of the paper as PDF, JPEG or PNG.",
        )
    )


def media_type(kind: str) -> str:
    """The media type of a scan on file."""
    return KINDS[kind][2]
