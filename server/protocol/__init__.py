"""All messages of the wire, in both directions, as typed values. Pure."""
