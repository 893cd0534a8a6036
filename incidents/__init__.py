"""Incidents: their lifecycle, signals, actions, clocks and pages, all folds of one append-only stream."""
