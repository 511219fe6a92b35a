"""A small HTTP API for tasks, on FastAPI, SQLAlchemy and PostgreSQL."""
