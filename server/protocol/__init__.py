"""Every message of the wire, in and out, as one typed value. Pure."""
