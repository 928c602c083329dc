"""The refusals of the package. Messages are shown to people and say what to do.

CalibrationFault
├── CalibrationError      the samples are not enough for a fit
└── ProfileError          a stored profile is not usable
    ├── ProfileNotFound     no such profile
    ├── ProfileNameError    a user or screen name that is not allowed in a file name
    └── ProfileUnavailable  the store does not answer now; a later attempt may work
"""


class CalibrationFault(Exception):  # noqa: N818 - the errors below are kinds of it
    """The base class of these errors, for callers that treat them all in the same way."""


class CalibrationError(CalibrationFault):
    """The samples are not enough for a fit."""


class ProfileError(CalibrationFault):
    """A stored profile is broken, from a newer version, or made with other networks. The file is not changed."""


class ProfileNotFound(ProfileError):  # noqa: N818 - the name says what happened
    """No profile is stored for this user and screen."""


class ProfileNameError(ProfileError):
    """A user or screen name that is not allowed as part of a file name."""


class ProfileUnavailable(ProfileError):  # noqa: N818 - the name says what happened
    """The store does not answer now. Nothing is known about the profile, and a later attempt may work."""
