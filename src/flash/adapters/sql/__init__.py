"""The store in SQL, on SQLite and PostgreSQL, by SQLAlchemy Core."""
