"""Processes, and what they took: wall and CPU time, peak memory. Linux only: it reads /proc."""

import os
import subprocess
import threading
import time
from collections import namedtuple

TICK = os.sysconf("SC_CLK_TCK")
# Seconds between two looks at the processes that are measured.
EVERY = 0.2

Took = namedtuple("Took", "code wall cpu memory processes out")


def processes_below(root):
    """A process and its descendants."""
    found, waiting = [], [root]
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        try:
            tasks = os.listdir(f"/proc/{pid}/task")
            for task in tasks:
                with open(f"/proc/{pid}/task/{task}/children") as children:
                    waiting.extend(int(child) for child in children.read().split())
        except OSError:
            pass  # It has ended.
    return found


def cpu_of(pid):
    """Seconds of CPU that a process has used itself."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICK


def peak_of(pid):
    """The peak of a process's resident memory, in bytes."""
    with open(f"/proc/{pid}/status") as status:
        peak = next(line for line in status if line.startswith("VmHWM:"))
    return int(peak.split()[1]) * 1024


class Watch:
    """Looks at a process and its descendants until it is told to end."""

    def __init__(self, root):
        self.root, self.cpu, self.peak = root, {}, {}
        self.ended = threading.Event()
        self.thread = threading.Thread(target=self.look)
        self.thread.start()

    def look(self):
        while not self.ended.wait(EVERY):
            for pid in processes_below(self.root):
                try:
                    self.cpu[pid], self.peak[pid] = cpu_of(pid), peak_of(pid)
                except (OSError, StopIteration):
                    pass  # It has ended.

    def end(self):
        self.ended.set()
        self.thread.join()


def run(command, **options):
    """Runs a command to its end. The memory of several processes is the sum of their peaks."""
    begun = time.monotonic()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, **options)
    watch = Watch(process.pid)
    out = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    wall = time.monotonic() - begun
    watch.end()
    process.returncode = os.waitstatus_to_exitcode(status)
    # The kernel's own figure has the last moments too, but only the children that were waited for.
    cpu = max(used.ru_utime + used.ru_stime, sum(watch.cpu.values()))
    return Took(process.returncode, wall, cpu, sum(watch.peak.values()), len(watch.peak), out)


def median_wall(command, times, **options):
    """The median of the wall time of a short command, in seconds. It must exit with 0."""
    walls = []
    for _ in range(times):
        begun = time.monotonic()
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, **options)
        walls.append(time.monotonic() - begun)
    return sorted(walls)[len(walls) // 2]
