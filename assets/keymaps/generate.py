#!/usr/bin/env python3
"""Makes keymaps.json from the keyboard descriptions of xkeyboard-config, read by libxkbcommon.

Run it where both are installed (Debian: xkb-data, libxkbcommon0):  python3 generate.py > keymaps.json
Then `npm run format`, so that it reads as the rest of the tree.
Only the standard library is used. Licences: see SOURCES.md beside this file.
"""

import ctypes
import json
import re
import sys

# id: (name a person reads, xkb layout, xkb variant)
LAYOUTS = {
    "us": ("English (US)", "us", ""),
    "us-intl": ("English (US, international with dead keys)", "us", "intl"),
    "us-dvorak": ("English (US, Dvorak)", "us", "dvorak"),
    "us-colemak": ("English (US, Colemak)", "us", "colemak"),
    "gb": ("English (UK)", "gb", ""),
    "de": ("German", "de", ""),
    "de-nodeadkeys": ("German (no dead keys)", "de", "nodeadkeys"),
    "de-ch": ("German (Switzerland)", "ch", ""),
    "fr": ("French", "fr", ""),
    "fr-bepo": ("French (BEPO)", "fr", "bepo"),
    "fr-be": ("Belgian", "be", ""),
    "fr-ca": ("French (Canada)", "ca", ""),
    "fr-ch": ("French (Switzerland)", "ch", "fr"),
    "es": ("Spanish", "es", ""),
    "es-latam": ("Spanish (Latin America)", "latam", ""),
    "it": ("Italian", "it", ""),
    "pt": ("Portuguese", "pt", ""),
    "pt-br": ("Portuguese (Brazil)", "br", ""),
    "nl": ("Dutch", "nl", ""),
    "sv": ("Swedish", "se", ""),
    "no": ("Norwegian", "no", ""),
    "da": ("Danish", "dk", ""),
    "fi": ("Finnish", "fi", ""),
    "is": ("Icelandic", "is", ""),
    "pl": ("Polish", "pl", ""),
    "cz": ("Czech", "cz", ""),
    "sk": ("Slovak", "sk", ""),
    "hu": ("Hungarian", "hu", ""),
    "ro": ("Romanian", "ro", ""),
    "hr": ("Croatian", "hr", ""),
    "sl": ("Slovenian", "si", ""),
    "tr": ("Turkish (Q)", "tr", ""),
    "ee": ("Estonian", "ee", ""),
    "lv": ("Latvian", "lv", ""),
    "jp": ("Japanese", "jp", ""),
    "ru": ("Russian (Cyrillic only)", "ru", ""),
}

# xkb's name of a key: the name of the same key in a browser (KeyboardEvent.code).
KEYS = {
    "TLDE": "Backquote", "AE11": "Minus", "AE12": "Equal", "AE13": "IntlYen",
    "AD11": "BracketLeft", "AD12": "BracketRight", "AC10": "Semicolon", "AC11": "Quote",
    "BKSL": "Backslash", "LSGT": "IntlBackslash", "AB08": "Comma", "AB09": "Period",
    "AB10": "Slash", "AB11": "IntlRo", "SPCE": "Space",
}
for n in range(10):
    KEYS[f"AE{n + 1:02}"] = f"Digit{(n + 1) % 10}"
for row, letters in (("AD", "QWERTYUIOP"), ("AC", "ASDFGHJKL"), ("AB", "ZXCVBNM")):
    for n, letter in enumerate(letters):
        KEYS[f"{row}{n + 1:02}"] = f"Key{letter}"

# A dead key is written as the combining character that it stands for.
DEAD = {
    0xFE50: "\u0300", 0xFE51: "\u0301", 0xFE52: "\u0302", 0xFE53: "\u0303", 0xFE54: "\u0304",
    0xFE55: "\u0306", 0xFE56: "\u0307", 0xFE57: "\u0308", 0xFE58: "\u030a", 0xFE59: "\u030b",
    0xFE5A: "\u030c", 0xFE5B: "\u0327", 0xFE5C: "\u0328", 0xFE60: "\u0323",
}

xkb = ctypes.CDLL("libxkbcommon.so.0")
P, U32, STR = ctypes.c_void_p, ctypes.c_uint32, ctypes.c_char_p


class Names(ctypes.Structure):
    _fields_ = [(n, STR) for n in ("rules", "model", "layout", "variant", "options")]


def declare(name, result, *arguments):
    function = getattr(xkb, name)
    function.restype, function.argtypes = result, list(arguments)
    return function


context_new = declare("xkb_context_new", P, ctypes.c_int)
keymap_new = declare("xkb_keymap_new_from_names", P, P, ctypes.POINTER(Names), ctypes.c_int)
key_by_name = declare("xkb_keymap_key_by_name", U32, P, STR)
levels_of = declare("xkb_keymap_num_levels_for_key", U32, P, U32, U32)
syms_of = declare("xkb_keymap_key_get_syms_by_level", ctypes.c_int, P, U32, U32, U32, ctypes.POINTER(ctypes.POINTER(U32)))
mods_of = declare("xkb_keymap_key_get_mods_for_level", ctypes.c_size_t, P, U32, U32, U32, ctypes.POINTER(U32), ctypes.c_size_t)
mod_index = declare("xkb_keymap_mod_get_index", U32, P, STR)
to_utf32 = declare("xkb_keysym_to_utf32", U32, U32)

context = context_new(0)


def read(layout, variant):
    names = Names(b"evdev", b"pc105", layout.encode(), variant.encode(), b"")
    keymap = keymap_new(context, ctypes.byref(names), 0)
    if not keymap:
        sys.exit(f"no keymap {layout} {variant}")
    shift, altgr = (1 << mod_index(keymap, m) for m in (b"Shift", b"Mod5"))
    columns = {0: 0, shift: 1, altgr: 2, shift | altgr: 3}
    keys = {}
    for name, code in KEYS.items():
        key = key_by_name(keymap, name.encode())
        found = ["", "", "", ""]
        for level in range(levels_of(keymap, key, 0) if key != 0xFFFFFFFF else 0):
            masks = (U32 * 16)()
            column = next((columns[m] for m in masks[: mods_of(keymap, key, 0, level, masks, 16)] if m in columns), None)
            syms = ctypes.POINTER(U32)()
            if column is None or syms_of(keymap, key, 0, level, ctypes.byref(syms)) != 1:
                continue
            sym = syms[0]
            text = DEAD.get(sym) or (chr(to_utf32(sym)) if to_utf32(sym) >= 0x20 else "")
            if not (sym >= 0xFE50 and sym <= 0xFE93 and sym not in DEAD):
                found[column] = text
        while found and found[-1] == "":
            found.pop()
        if found:
            keys[code] = found
    return keys


out = {
    id: {"name": name, "xkb": f"{layout}({variant})" if variant else layout, "keys": read(layout, variant)}
    for id, (name, layout, variant) in LAYOUTS.items()
}
text = json.dumps(out, ensure_ascii=False, indent=2)
# One key a line.
print(re.sub(r"\[\s+([^\]]*?)\s+\]", lambda m: "[" + re.sub(r"\n\s*", " ", m[1]) + "]", text))
