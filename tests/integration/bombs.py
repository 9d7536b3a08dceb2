"""Bodies that grow when they are decoded, written by hand: no compressor is needed for them."""

import gzip
import struct

SIZE = 64 << 20


def gzipped(start, size=SIZE):
    return gzip.compress(start + bytes(size), compresslevel=9)


def zstandard(start, size=SIZE):
    """RFC 8878: one raw block, then blocks that repeat one byte."""
    most = 128 << 10
    body = struct.pack("<I", 0xFD2FB528) + b"\x00\x58"  # window of 2 MiB
    body += (len(start) << 3 | 0 << 1).to_bytes(3, "little") + start
    blocks = size // most
    for i in range(blocks):
        body += (most << 3 | 1 << 1 | (i == blocks - 1)).to_bytes(3, "little") + b"\0"
    return body


class Bits:
    def __init__(self):
        self.value, self.count = 0, 0

    def put(self, value, count):
        self.value |= value << self.count
        self.count += count

    def align(self):
        self.count += -self.count % 8

    def bytes(self):
        return self.value.to_bytes((self.count + 7) // 8, "little")


def brotli(start, size=SIZE):
    """RFC 7932: one uncompressed meta-block, then meta-blocks of one long copy each."""
    most = 1 << 24
    bits = Bits()
    bits.put(0, 1)  # window of 64 KiB
    bits.put(0, 1 + 2)  # not the last; four nibbles of length
    bits.put(len(start) - 1, 16)
    bits.put(1, 1)  # uncompressed
    bits.align()
    for byte in start:
        bits.put(byte, 8)
    for _ in range(size // most):
        bits.put(0 | 2 << 1, 3)  # not the last; six nibbles
        bits.put(most - 1, 24)
        bits.put(0, 1)
        bits.put(0, 3 + 6 + 2 + 2)  # one block type each, no postfix, one tree each
        # literal 0; insert nothing, copy 2118 and 24 bits more; distance as before
        for symbol, width in ((0, 8), (391, 10), (0, 6)):
            bits.put(1 | 0 << 2, 4)  # a simple code of one symbol
            bits.put(symbol, width)
        bits.put(most - 2118, 24)
    bits.put(3, 2)  # the last, empty
    return bits.bytes()
