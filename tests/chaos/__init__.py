"""Chaos: a whole installation under load while its parts are killed, judged afterwards from the clients' own ledger."""
