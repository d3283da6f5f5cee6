"""The stores in Postgres: schema and queries in SQL files, one pool for reading, one writer for group commit."""
