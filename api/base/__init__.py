"""What every dialect shares: who calls, for whom, with what input, and how a refusal is told."""
