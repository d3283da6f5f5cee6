"""A resource service in a process of its own."""

import subprocess
import sys

RESOURCES = ("cpu_cores=4", "memory_mb=1000", "search=3/0.3")


class ResourceProcess:
    """The reference service on a free port of loopback. It can be killed and started again at the same address."""

    def __init__(self, *arguments, resources=RESOURCES, environment=None):
        self._arguments = [*arguments, *(part for name in resources for part in ("--resource", name))]
        self._environment = environment
        self._port = "0"
        self.start()

    def start(self):
        command = [sys.executable, "-m", "groundplan.resource_service", "--port", self._port, *self._arguments]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=self._environment)
        line = self._process.stdout.readline()
        assert line.startswith("listening on "), line
        self.url = line.split()[-1]
        self._port = self.url.rsplit(":", 1)[1]

    def kill(self):
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()
