"""Every error parcelflow raises, drawn once; a test compares the drawing with the classes.

May not import anything of ours. Non-obvious choice: the second level says whose fault it is (ours, the caller's, the remote's,
the network's), because that is what decides who has to act.

    ParcelflowError
    ├── OursError                      a defect or a misconfiguration in parcelflow itself
    │   ├── BrokenMachineError         a chart that cannot be compiled into a decision table
    │   └── StoreFailedError           our database failed (full, locked, read-only, damaged, away); nothing was written
    ├── CallersError                   what was passed in cannot be used
    │   ├── EventNotAllowedError       no row allows this trigger in this state
    │   ├── MalformedEventError        an event without name, timezone or known cause, or whose data is not JSON
    │   ├── UnknownCaseError           no case has this kind and key
    │   ├── UnknownMachineError        no machine has this name
    │   ├── UnknownPolicyError         no policy has this name
    │   ├── BadLetterError             no dead letter has this id, or it cannot be retried or skipped like this
    │   ├── BadParametersError         an operation cannot be built from these parameters
    │   ├── BadSettingsError           a setting or a folder that cannot be used
    │   └── NotSupportedRemotelyError  the remote has no call for it; somebody has to do it by hand
    ├── RemotesError                   the other side answered, and not as documented or not what was wanted
    │   ├── BadSignatureError          a webhook that its secret does not confirm
    │   ├── BadBodyError               a webhook or answer whose body cannot be read
    │   ├── AcceptedOnlyError          202: accepted, and nobody knows yet whether it was done: wait for its event, or look it up
    │   └── RemoteRefusedError         a refusal (4xx, or success=false) or a failure (5xx), with its status and code
    │       ├── InvalidRequestError    400, 413, 422: mend the parameters
    │       ├── NotAuthorisedError     401: mend the credentials
    │       ├── ForbiddenError         403: ask the vendor for the permission
    │       │   └── FeatureNotInPlanError  403 of an operation that depends on the plan
    │       ├── NotFoundError          404: ask for something that exists
    │       │   └── RouteUnverifiedError   404 or 405 on a route that was inferred: perhaps override the route
    │       ├── StateConflictError     409: try again after the state has changed
    │       ├── TooManyRequestsError   429: try again later
    │       └── RemoteFailedError      408, 5xx: look up what became of it, then try again
    └── NetworksError                  no answer came
        ├── NotSentError               the request did not reach the remote: try again
        └── LostAnswerError            it may have reached it: look up what became of it, then try again
"""

import datetime as dt


class ParcelflowError(Exception):
    """Root of everything that parcelflow raises on purpose."""


class OursError(ParcelflowError):
    """A defect or a misconfiguration in parcelflow itself."""


class BrokenMachineError(OursError):
    """A chart that cannot be compiled into a decision table."""


class StoreFailedError(OursError):
    """Our database failed (full, locked, read-only, damaged, away); nothing was written."""


class CallersError(ParcelflowError):
    """What was passed in cannot be used."""


class EventNotAllowedError(CallersError):
    """No row allows this trigger in this state."""


class MalformedEventError(CallersError):
    """An event without name, timezone or known cause, or whose data is not JSON."""


class UnknownCaseError(CallersError):
    """No case has this kind and key."""


class UnknownMachineError(CallersError):
    """No machine has this name."""


class UnknownPolicyError(CallersError):
    """No policy has this name."""


class BadLetterError(CallersError):
    """No dead letter has this id, or it cannot be retried or skipped like this."""


class BadParametersError(CallersError):
    """An operation cannot be built from these parameters."""


class BadSettingsError(CallersError):
    """A setting or a folder that cannot be used."""


class NotSupportedRemotelyError(CallersError):
    """The remote has no call for it; somebody has to do it by hand (E10)."""


class RemotesError(ParcelflowError):
    """The other side answered, and not as documented or not what was wanted."""


class BadSignatureError(RemotesError):
    """A webhook that its secret does not confirm."""


class BadBodyError(RemotesError):
    """A webhook or answer whose body cannot be read."""


class AcceptedOnlyError(RemotesError):
    """202: accepted, and nobody knows yet whether it was done: wait for its event, or look it up (A22, A23).

    Args:
        message: Which call was accepted.
        told: What the answer says, as the operation's model; None where it cannot be read. A hint, not the truth.
    """

    def __init__(self, message: str = "", *, told: object = None) -> None:
        super().__init__(message)
        self.told = told


class RemoteRefusedError(RemotesError):
    """A refusal (4xx, or success=false) or a failure (5xx), with its status and code.

    Args:
        message: Which call, what the remote said, and what that means.
        status: HTTP status of the answer; a 2xx where the body refuses (success=false).
        code: The remote's own word for it; empty when it gave none.
        after: How long the remote asks to wait; None when it does not say.
    """

    def __init__(self, message: str = "", *, status: int = 0, code: str = "", after: dt.timedelta | None = None) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.after = after


class InvalidRequestError(RemoteRefusedError):
    """400, 413, 422: mend the parameters."""


class NotAuthorisedError(RemoteRefusedError):
    """401: mend the credentials."""


class ForbiddenError(RemoteRefusedError):
    """403: ask the vendor for the permission."""


class FeatureNotInPlanError(ForbiddenError):
    """403 of an operation that depends on the plan (A49)."""


class NotFoundError(RemoteRefusedError):
    """404: ask for something that exists."""


class RouteUnverifiedError(NotFoundError):
    """404 or 405 on a route that was inferred: perhaps override the route (A1)."""


class StateConflictError(RemoteRefusedError):
    """409: try again after the state has changed (B:54)."""


class TooManyRequestsError(RemoteRefusedError):
    """429: try again later, after `after` if it is given."""


class RemoteFailedError(RemoteRefusedError):
    """408, 5xx: look up what became of it, then try again; 502 and 504 are a bloq's or a locker's (B:57, 58)."""


class NetworksError(ParcelflowError):
    """No answer came."""


class NotSentError(NetworksError):
    """The request did not reach the remote: try again."""


class LostAnswerError(NetworksError):
    """It may have reached it: look up what became of it, then try again."""
