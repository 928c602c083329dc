"""The refusals of the package. Every message is shown to a person and says what to do.

CalibrationFault
├── CalibrationError      the samples do not suffice for a fit
└── ProfileError          a stored profile cannot be used
    ├── ProfileNotFound   there is none
    └── ProfileNameError  a user or screen name that no file may have
"""


class CalibrationFault(Exception):  # noqa: N818 - the errors below are kinds of it
    """The root of these errors, for callers that treat all of them alike."""


class CalibrationError(CalibrationFault):
    """The samples do not suffice for a fit."""


class ProfileError(CalibrationFault):
    """A stored profile is broken, from a newer version, or made with other networks. The file stays as it is."""


class ProfileNotFound(ProfileError):  # noqa: N818 - reads as what happened
    """No profile is stored for this user and screen."""


class ProfileNameError(ProfileError):
    """A user or screen name that is not allowed as part of a file name."""
