"""Organisations and the people, teams, keys and rules that belong to them: the ground floor of the house."""
