"""The pages of the intake: alerts, the inbox of stored bodies, and what people do there."""
