"""`/itsm`: incidents and configuration items in the words of a datacenter's IT service management."""
