"""Engines that do what no engine should, each in the op `exp`; all else they do right.

A worker loads this file by path, so it imports nothing of ours.
"""

import ctypes
import os
import random
import signal
import sys
import threading
import time
from pathlib import Path

import numpy as np


class Honest:
    """Linear in its leaves: just enough of an engine to have right answers."""

    name, version = "honest", "1"
    operators = "add multiply"

    def __init__(self):
        self.ops = {"exp": self._misbehave}

    def lift(self, array, requires_grad):
        return array

    def value(self, node):
        return node

    def grads(self, output, leaves):
        return [np.ones(leaf.shape) for leaf in leaves]

    def _misbehave(self, node):
        return node


def misbehaving(function):
    """The honest engine whose `exp` first calls `function`."""

    class Engine(Honest):
        name = function.__name__

        def _misbehave(self, node):
            function()
            return node

    return Engine


@misbehaving
def abort():
    os.abort()


@misbehaving
def leave():
    os._exit(3)


@misbehaving
def segfault():
    ctypes.string_at(0)


@misbehaving
def overflow_the_stack():
    sys.setrecursionlimit(1 << 30)
    fall(0)


def fall(_):
    return min([0], key=fall)  # through C, so that each turn takes a frame of the C stack


@misbehaving
def hang():
    while True:
        pass


@misbehaving
def ignore_sigterm_and_hang():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    time.sleep(1000)


@misbehaving
def hold_the_interpreter_lock():
    # pause() in C with the lock held: no Python thread or signal handler can run.
    ctypes.PyDLL(None).pause()


@misbehaving
def close_descriptors():
    os.closerange(0, 1000)


@misbehaving
def print_for_ever():
    block = "x" * (1 << 20)
    while True:
        print(block)


@misbehaving
def eat_memory():
    hoard = []
    while True:
        hoard.append(np.ones(1 << 21))


@misbehaving
def eat_10_gigabytes():
    np.ones(10 << 27)


@misbehaving
def eat_memory_in_children():
    for _ in range(4):
        if os.fork() == 0:
            hoard = np.ones(10 << 20)
            time.sleep(1000)
            del hoard
    time.sleep(1000)


@misbehaving
def write_on_the_wire():
    for descriptor in range(3, 20):
        try:
            os.write(descriptor, b'{"seq": 1, "values": \n')
        except OSError:
            continue


@misbehaving
def fork_and_die():
    if os.fork() == 0:
        time.sleep(1000)
    os._exit(1)


@misbehaving
def print_on_standard_output():
    print("hello", flush=True)
    os.write(1, b'{"seq": 1, "done": true}\n')
    sys.__stdout__.write("hello")
    sys.__stdout__.flush()


@misbehaving
def read_standard_input():
    assert sys.stdin.read() == ""


@misbehaving
def fork_a_sleeper():
    if os.fork() == 0:
        time.sleep(1000)


@misbehaving
def start_a_daemon():
    if os.fork() == 0:
        os.setsid()  # out of the group and the session
        if os.fork() == 0:
            time.sleep(1000)
        os._exit(0)


@misbehaving
def write_from_a_child():
    child = os.fork()
    if child == 0:
        for descriptor in range(3, 20):
            try:
                os.write(descriptor, b"garbage\n")
            except OSError:
                continue
        os._exit(0)
    os.waitpid(child, 0)


@misbehaving
def leave_a_thread():
    threading.Thread(target=time.sleep, args=(1000,)).start()


@misbehaving
def leave_a_busy_thread():
    def work():
        while True:
            pass

    threading.Thread(target=work).start()


@misbehaving
def change_state():
    np.seterr(all="raise")
    random.seed(42)
    np.random.seed(42)


@misbehaving
def exit_politely():
    sys.exit(5)


@misbehaving
def interrupt():
    raise KeyboardInterrupt


@misbehaving
def raise_a_base_exception():
    raise BaseException("all the way down")


@misbehaving
def recurse():
    recurse_again()


def recurse_again():
    return recurse_again() + 1


@misbehaving
def raise_the_unprintable():
    class UnprintableError(Exception):
        def __str__(self):
            raise ValueError("no text")

    raise UnprintableError


class DieEveryFifth(Honest):
    """A leak that ends badly: no program is to blame."""

    name = "die every fifth"
    _count = 0

    def _misbehave(self, node):
        self._count += 1
        if self._count == 5:
            os._exit(9)
        return node


class DieAtThe500th(Honest):
    """The same, later."""

    name = "die at the 500th"
    _count = 0

    def grads(self, output, leaves):
        self._count += 1
        if self._count == 500:
            os._exit(9)
        return super().grads(output, leaves)


class Mutate(Honest):
    """Writes into its leaves."""

    name = "mutate"

    def _misbehave(self, node):
        node *= 2
        return node


class Random(Honest):
    """Answers with random numbers."""

    name = "random"

    def _misbehave(self, node):
        return node * 0 + random.random() + np.random.random()


class Junk(Honest):
    """Values that are no arrays of floats."""

    name = "junk"
    _junk = ("text", [1.0, [2.0]], object(), np.array([None]), {1: 2})
    _count = -1

    def value(self, node):
        if node is self:
            self._count += 1
            return self._junk[self._count % len(self._junk)]
        return node

    def _misbehave(self, node):
        return self


class TooFewGradients(Honest):
    """Forgets a leaf."""

    name = "too few gradients"

    def grads(self, output, leaves):
        return []


class Note(Honest):
    """Writes its process number to the file that the environment names, then hangs."""

    name = "note"

    def _misbehave(self, node):
        if os.fork() == 0:
            os.setsid()
            time.sleep(1000)
        Path(os.environ["DOOR_NOTE"]).write_text(str(os.getpid()))
        time.sleep(1000)
