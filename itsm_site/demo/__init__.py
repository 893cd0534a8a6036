"""The demonstration: a believable organisation, its history and its traffic, and the check that drives all of it."""
