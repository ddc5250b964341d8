"""Everything that can go wrong and be said to a person.

    WasteBpmError
    ├── InputInvalid    the document or message is wrong in itself      422 (or 400, 413, 415)   exit 3
    ├── Refused         the law or the state of the case says no        409                      exit 4
    ├── NotFound        it is not there, or not yours to see            404                      exit 5
    ├── Conflict        somebody was faster, or a key was used twice    412 (or 409)             exit 6
    ├── NotPermitted    another role or party must do this              403                      exit 7
    └── Unavailable     not now: try again later                        503                      exit 8

Each carries its findings, all of them at once.
"""

from collections.abc import Iterable

from waste_bpm.vocabulary import Finding


class WasteBpmError(Exception):
    """The root: a refusal that explains itself through `findings`."""

    status = 500
    exit_code = 1
    title = "Something went wrong"

    def __init__(self, findings: Finding | Iterable[Finding], *, status: int | None = None) -> None:
        self.findings: tuple[Finding, ...] = (findings,) if isinstance(findings, Finding) else tuple(findings)
        self.status = status or type(self).status
        super().__init__("; ".join(str(finding) for finding in self.findings))


class RuleMissingError(RuntimeError):
    """A way in has no rule of who may use it: a fault of the program, which is not to be started so."""


class InputInvalid(WasteBpmError):  # noqa: N818 - an answer to a person, not a crash
    """The document or message is wrong in itself; nothing was changed."""

    status, exit_code, title = 422, 3, "The input is not valid"


class Refused(WasteBpmError):  # noqa: N818
    """The law or the state of the case does not allow the step; nothing was changed."""

    status, exit_code, title = 409, 4, "The step is refused"


class NotFound(WasteBpmError):  # noqa: N818
    """There is no such thing, or it is not yours to see."""

    status, exit_code, title = 404, 5, "Not found"


class Conflict(WasteBpmError):  # noqa: N818
    """Somebody changed the case meanwhile, or an identity was used twice with different content."""

    status, exit_code, title = 412, 6, "The case has changed meanwhile"


class NotPermitted(WasteBpmError):  # noqa: N818
    """The principal does not hold the role, or not for this case."""

    status, exit_code, title = 403, 7, "Not permitted"


class Unavailable(WasteBpmError):  # noqa: N818
    """The node cannot do this now; the same request may succeed later."""

    status, exit_code, title = 503, 8, "Not available now"
