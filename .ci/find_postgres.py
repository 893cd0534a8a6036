"""Print the URL under which tests can make databases on a PostgreSQL server; exit 1 where there is none."""

import getpass
import os
import sys

import psycopg

# The last part of the path is a name that need not exist: Django puts test_ before it and creates that.
NAME = "opsledger"


def candidates() -> list[str]:
    """Where a server may be: as told, else the usual logins on this machine."""
    if told := os.environ.get("TEST_DATABASE_URL") or _postgres(os.environ.get("DATABASE_URL", "")):
        return [told]
    logins = (getpass.getuser(), "postgres", "postgres:postgres")
    return [f"postgresql://{login}@127.0.0.1:5432/{NAME}" for login in logins]


def _postgres(url: str) -> str:
    return url if url.startswith("postgres") else ""


def may_create_databases(url: str) -> bool:
    """Whether the server answers and lets this login create a database."""
    try:
        with psycopg.connect(url.rsplit("/", 1)[0] + "/postgres", connect_timeout=3) as connection:
            row = connection.execute(
                "SELECT rolcreatedb OR rolsuper FROM pg_roles WHERE rolname = current_user"
            ).fetchone()
    except psycopg.Error:
        return False
    return bool(row and row[0])


def main() -> int:
    """Print the first that works."""
    for url in candidates():
        if may_create_databases(url):
            sys.stdout.write(url + "\n")
            return 0
    return 1


if __name__ == "__main__":
    sys.exit(main())
