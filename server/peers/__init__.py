"""What several servers share: which sessions run where, their streams, requests to them, and unsaved calibrations."""
