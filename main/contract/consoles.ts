import { z } from 'zod';
import { objectRefSchema } from './machine-ref.ts';
import type { ObjectRef } from './machine-ref.ts';
import { call, pipe, stream } from './procedure.ts';

/** A machine's screen as a wall or a second viewer shows it. */
export interface Picture extends ObjectRef {
  /** PNG, base64; absent with a `problem`. */
  png?: string;
  /** ISO 8601. */
  at: string;
  /** Why there is none now. */
  problem?: string;
}

/** Text of a screen, read off its picture. */
export interface ScreenText {
  /** From top to bottom, without the blanks at the end of each. A cell that cannot be read is U+FFFD. */
  rows: string[];
  /** Cells of a row. */
  cols: number;
  /** Cells that could not be read: another font, or a picture. */
  unreadable: number;
}

const size = { cols: z.number().int().min(2).max(1000), rows: z.number().int().min(1).max(1000) };
const session = z.string().regex(/^[\w-]{8,64}$/);
const userName = z
  .string()
  .min(1)
  .max(64)
  .regex(/^[^\s\p{C}]+$/u);

export const consoleProcedures = {
  /**
   * RFB bytes of the screen. A screen has one viewer: who takes it pushes out whoever is there (`console-taken` is what
   * those get), who does not take it is refused with `console-taken` while somebody is.
   */
  vnc: pipe(objectRefSchema.extend({ take: z.boolean().default(true) })),
  /** Bytes of the serial console, the same for any number of windows; the backend first replays its scrollback. */
  serial: pipe(objectRefSchema),
  /** The kept scrollback as text. */
  serialLog: call<{ text: string; truncated: boolean }>()(objectRefSchema),
  /** PNG, base64. */
  screenshot: call<{ png: string }>()(objectRefSchema),
  /**
   * The text of a screen that shows text: VGA's text modes and the framebuffer consoles of Linux, glyph by glyph. To be
   * searched, copied and read out; no guest agent is needed.
   */
  screenText: call<ScreenText>()(objectRefSchema),
  /**
   * Pictures of screens, disturbing nobody who is in them: at first all that are known, then what changed. A screen that
   * stays the same is looked at less often, one of a machine that is off not at all. `everyMs`: not more often than that.
   */
  pictures: stream<Picture[]>()(
    z.object({
      machines: z.array(objectRefSchema).max(100),
      everyMs: z.number().int().min(500).max(60_000).default(2000),
    }),
  ),
} as const;

/** The key pair that Hearth made for itself; the private half stays in the data folder. */
export interface OwnKey {
  /** One line, as in authorized_keys. */
  publicKey: string;
  /** SHA256:… as `ssh-keygen -l` prints it. */
  fingerprint: string;
  /** Path of the private half on the computer that runs Hearth. */
  path: string;
}

/** What a page needs to offer a login over SSH. */
export interface SshAccess {
  /** Whom cloud-init made, where that can be read. */
  user?: string;
  key: OwnKey;
  /** Whether the machine's cloud-init lets that key in; absent where it cannot be read. */
  keyInside?: boolean;
  /** The remembered host key of this very machine (by uid). */
  hostKey?: { key: string; type: string };
  /** To be typed in a terminal of the computer that runs Hearth; `{user}` stands for the user. */
  commands: { id: 'virtctl' | 'forward' | 'proxy'; text: string }[];
}

export const sshProcedures = {
  ownKey: call<OwnKey>()(z.object({}).strict()),
  access: call<SshAccess>()(objectRefSchema),
  /**
   * A login over the machine's `portforward` subresource: no port needs to be open. What is typed first may be answers
   * to the server's questions (a password). Ends with `ssh-ended` after a logout, `host-key-changed` when it is another
   * machine than before. `session` is the page's own name for `resize`.
   */
  shell: pipe(
    objectRefSchema.extend({ session, user: userName, port: z.number().int().min(1).max(65_535).default(22), ...size }),
  ),
  /** The page's terminal has another size now. Nothing happens when the session is over. */
  resize: call<void>()(z.object({ session, ...size })),
  /** Takes the remembered host key back, so that the next login remembers the machine's new one. */
  forgetHostKey: call<void>()(objectRefSchema),
} as const;
