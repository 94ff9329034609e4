#!/usr/bin/env python3
"""Makes glyphs.json and vga-8x16.bin; see SOURCES.md.

    generate.py VGABIOS VMLINUX NAME=FONT.psf.gz ...

VGABIOS: vgabios-stdvga.bin of Debian's seabios. VMLINUX: a kernel, taken out of its wrapper (scripts/extract-vmlinux).
FONT: fonts of Debian's console-setup-linux.
"""

import base64
import gzip
import hashlib
import json
import os
import struct
import sys

HEIGHT = 16
# The 32 signs that code page 437 draws for control characters; the rest is Python's codec.
SIGNS = "\0☺☻♥♦♣♠•◘○◙♂♀♪♫☼►◄↕‼¶§▬↨↑↓→←∟↔▲▼"
CP437 = SIGNS + bytes(range(32, 127)).decode("ascii") + "⌂" + bytes(range(128, 256)).decode("cp437")
# Letters that all fonts of this kind draw alike: where they stand, there is one.
LETTERS = bytes.fromhex("0000fc6666667c66666666fc00000000" "00003c66c2c0c0c0c0c2663c00000000")


def table(path):
    data = open(path, "rb").read()
    at = data.index(LETTERS) - ord("B") * HEIGHT
    return [data[at + i * HEIGHT : at + (i + 1) * HEIGHT] for i in range(256)]


def psf(path):
    """Glyphs of a PSF 1 font with the characters that each stands for."""
    data = gzip.open(path).read()
    assert data[:2] == b"\x36\x04" and data[2] & 2 and data[3] == HEIGHT, path
    count = 512 if data[2] & 1 else 256
    glyphs = [data[4 + i * HEIGHT : 4 + (i + 1) * HEIGHT] for i in range(count)]
    codes = struct.iter_unpack("<H", data[4 + count * HEIGHT :])
    for glyph in glyphs:
        of = []
        plain = True
        for (code,) in codes:
            if code == 0xFFFF:
                break
            plain = plain and code != 0xFFFE
            if plain:
                of.append(chr(code))
        if of:
            yield glyph, min(of)


def fingerprint(glyph):
    return base64.b64encode(hashlib.sha256(glyph).digest()[:6]).decode()


def entry(pairs):
    """Fingerprint -> character. Of characters that are drawn alike the first counts, and letters go before signs."""
    found = {}
    for glyph, character in sorted(pairs, key=lambda pair: (not pair[1].isascii() or ord(pair[1]) < 32, pair[1])):
        if any(glyph):
            found.setdefault(fingerprint(glyph), character)
    return found


bios, kernel, *fonts = sys.argv[1:]
here = os.path.dirname(os.path.abspath(__file__))
rom = table(bios)
with open(os.path.join(here, "vga-8x16.bin"), "wb") as file:
    file.write(b"".join(rom))
result = {"vga": entry(zip(rom, CP437)), "linux": entry(zip(table(kernel), CP437))}
for font in fonts:
    name, path = font.split("=", 1)
    result[name] = entry(psf(path))
with open(os.path.join(here, "glyphs.json"), "w") as file:
    json.dump(result, file, ensure_ascii=False, separators=(",", ":"))
    file.write("\n")
