"""What this process and the embedded Postgres use: processor time, memory, space on disk."""

from __future__ import annotations

from dataclasses import dataclass

import psutil
import psycopg


@dataclass(frozen=True)
class CpuSeconds:
    """Processor time, in seconds, of this process and of Postgres with all its children."""

    python: float
    postgres: float

    def __sub__(self, earlier: CpuSeconds) -> CpuSeconds:
        return CpuSeconds(self.python - earlier.python, self.postgres - earlier.postgres)


class Meter:
    """Reads what is used. The server has to run on this machine."""

    def __init__(self, url: str) -> None:
        self._url = url
        with psycopg.connect(url, autocommit=True) as connection:
            postmaster = psutil.Process(connection.info.backend_pid).parent()
        assert postmaster is not None
        self._postmaster = postmaster

    def cpu(self) -> CpuSeconds:
        """Processor time so far. Of a backend that ended between two readings, what its parent has counted."""
        times = psutil.Process().cpu_times()
        own = self._postmaster.cpu_times()
        postgres = own.user + own.system + own.children_user + own.children_system
        for child in self._postmaster.children():
            try:
                taken = child.cpu_times()
            except psutil.NoSuchProcess:
                continue
            postgres += taken.user + taken.system
        return CpuSeconds(times.user + times.system, postgres)

    def rss_mb(self) -> float:
        """Memory that this process holds now, in MB."""
        return float(psutil.Process().memory_info().rss) / 1e6

    def database_bytes(self) -> int:
        """The size of the database on disk, dead rows cleaned away."""
        with psycopg.connect(self._url, autocommit=True) as connection:
            connection.execute("vacuum")
            row = connection.execute("select pg_database_size(current_database())").fetchone()
        assert row is not None
        return int(row[0])
