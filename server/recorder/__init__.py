"""Sessions on the disk: written while they happen (`writer`), listed, packed and deleted (`store`)."""
