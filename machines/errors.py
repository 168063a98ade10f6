"""Every error parcelflow raises, drawn once; a test compares the drawing with the classes.

May not import anything of ours. Non-obvious choice: the second level says whose fault it is (ours, the caller's, the remote's,
the network's), because that is what decides who has to act.

    ParcelflowError
    ├── OursError                      a defect or a misconfiguration in parcelflow itself
    │   └── BrokenMachineError         a chart that cannot be compiled into a decision table
    ├── CallersError                   what was passed in cannot be used
    │   ├── EventNotAllowedError       no row allows this trigger in this state
    │   ├── MalformedEventError        an event without name, timezone or known cause, or whose data is not JSON
    │   ├── UnknownCaseError           no case has this kind and key
    │   ├── UnknownMachineError        no machine has this name
    │   ├── UnknownPolicyError         no policy has this name
    │   ├── BadParametersError         an operation cannot be built from these parameters
    │   └── BadSettingsError           a setting or a folder that cannot be used
    ├── RemotesError                   the other side answered, and not as documented or not what was wanted
    │   ├── BadSignatureError          a webhook that its secret does not confirm
    │   ├── BadBodyError               a webhook or answer whose body cannot be read
    │   └── RemoteRefusedError         a documented refusal (4xx) or a server failure (5xx)
    └── NetworksError                  no answer came: connection, timeout, lost answer
"""


class ParcelflowError(Exception):
    """Root of everything that parcelflow raises on purpose."""


class OursError(ParcelflowError):
    """A defect or a misconfiguration in parcelflow itself."""


class BrokenMachineError(OursError):
    """A chart that cannot be compiled into a decision table."""


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


class BadParametersError(CallersError):
    """An operation cannot be built from these parameters."""


class BadSettingsError(CallersError):
    """A setting or a folder that cannot be used."""


class RemotesError(ParcelflowError):
    """The other side answered, and not as documented or not what was wanted."""


class BadSignatureError(RemotesError):
    """A webhook that its secret does not confirm."""


class BadBodyError(RemotesError):
    """A webhook or answer whose body cannot be read."""


class RemoteRefusedError(RemotesError):
    """A documented refusal (4xx) or a server failure (5xx)."""


class NetworksError(ParcelflowError):
    """No answer came: connection, timeout, lost answer."""
