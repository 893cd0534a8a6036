"""The pages of incidents: the list, the war room, and what people do in them."""
