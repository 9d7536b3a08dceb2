"""Runs a program as on a file system that lacks what FAT, exFAT and some network file systems lack.

	plain_disk.py linkat=EIO,fchmod PROGRAM [ARGUMENT...]

A seccomp filter lets these calls fail, as such file systems do, for the program and all that it
starts: `openat` with O_TMPFILE, `linkat`, `renameat2` with flags, `fcntl` with F_SETLK, `fchmod`,
`fchown`, `utimensat`, `fsync`, `fdatasync`, `copy_file_range`."""

import ctypes
import errno
import os
import platform
import struct
import sys

NUMBERS = {  # asm/unistd.h
    "x86_64": {
        "openat": 257,
        "linkat": 265,
        "link": 86,
        "renameat2": 316,
        "fcntl": 72,
        "fchmod": 91,
        "fchown": 93,
        "utimensat": 280,
        "fsync": 74,
        "fdatasync": 75,
        "copy_file_range": 326,
    },
    "aarch64": {
        "openat": 56,
        "linkat": 37,
        "renameat2": 276,
        "fcntl": 25,
        "fchmod": 52,
        "fchown": 55,
        "utimensat": 88,
        "fsync": 82,
        "fdatasync": 83,
        "copy_file_range": 285,
    },
}[platform.machine()]
PR_SET_NO_NEW_PRIVS, PR_SET_SECCOMP, SECCOMP_MODE_FILTER = 38, 22, 2
LOAD, EQUAL, ANY_BIT, RETURN = 0x20, 0x15, 0x45, 0x06  # linux/filter.h
ALLOW, ERRNO = 0x7FFF0000, 0x00050000
O_TMPFILE_BIT = 0o20000000
F_SETLK = 6
USUAL = {"openat": "EOPNOTSUPP", "renameat2": "EINVAL", "fcntl": "ENOLCK"}


def argument(number):
    """Where its low half stands in struct seccomp_data."""
    return 16 + 8 * number


def rule(call, error):
    """The instructions that judge one call; the number of the call is at hand, and is again behind them."""
    judge = [(RETURN, 0, 0, ERRNO | getattr(errno, error or USUAL.get(call, "EPERM")))]
    if call == "openat":
        judge = [(LOAD, 0, 0, argument(2)), (ANY_BIT, 0, 1, O_TMPFILE_BIT), *judge]
    elif call == "renameat2":
        judge = [(LOAD, 0, 0, argument(4)), (EQUAL, 1, 0, 0), *judge]
    elif call == "fcntl":
        judge = [(LOAD, 0, 0, argument(1)), (EQUAL, 0, 1, F_SETLK), *judge]
    if len(judge) > 1:
        judge.append((LOAD, 0, 0, 0))
    return [(EQUAL, 0, len(judge), NUMBERS[call]), *judge]


def confine(calls):
    program = [(LOAD, 0, 0, 0)]
    for call in calls:
        call, _, error = call.partition("=")
        program += rule(call, error)
        if call == "linkat" and "link" in NUMBERS:
            program += rule("link", error)
    program.append((RETURN, 0, 0, ALLOW))
    code = b"".join(struct.pack("HBBI", *instruction) for instruction in program)
    kept = ctypes.create_string_buffer(code)
    header = struct.pack("HxxxxxxQ", len(program), ctypes.addressof(kept))
    libc = ctypes.CDLL(None, use_errno=True)
    for option, value, pointer in ((PR_SET_NO_NEW_PRIVS, 1, 0), (PR_SET_SECCOMP, 2, header)):
        if libc.prctl(option, ctypes.c_ulong(value), pointer, 0, 0):
            raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    confine(sys.argv[1].split(","))
    os.execvp(sys.argv[2], sys.argv[2:])
