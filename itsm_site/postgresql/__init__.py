"""The PostgreSQL backend that `DATABASE_URL` opens."""
