import { randomBytes } from 'node:crypto';
import { ProblemError } from '../../contract/problem.ts';
import { answerShare, newCode, registerCode } from '../boxes/pairing/code-pairing.ts';
import { waitText } from '../carrier/wait.ts';
import { sameBytes } from '../boxes/pairing/same-bytes.ts';
import { SpakeError } from '../boxes/pairing/spake2plus.ts';

/** Milliseconds a code is shown. */
const life = 10 * 60_000;
/** Wrong tries after which there is another code, and how long nobody may try then (doubled each time, at most half an hour). */
const mostTries = 5;
const firstWait = 30_000;
const longestWait = 30 * 60_000;
/** Milliseconds from an app's share to its proof. */
const attemptLife = 60_000;

interface Code {
  digits: string;
  until: number;
  tries: number;
  record: ReturnType<typeof registerCode>;
}
export interface ShownCode {
  digits: string;
  /** Milliseconds since 1970. */
  until: number;
}

/** The eight digits on the box's screen, and what may be tried with them. */
export interface CodeDoor {
  /** What the screen shows; undefined: closed, or nobody may try just now. */
  shown(): ShownCode | undefined;
  /** Milliseconds until there is another one after too many wrong tries; 0: none is waited for. */
  wait(): number;
  /** The same for whoever is at the console; throws why there is none. */
  needed(): ShownCode;
  /** Opens for ten minutes although somebody is paired. */
  open(): void;
  /** Takes it back, unless it stands open by itself. */
  shut(): void;
  /** Looks again whether it stands open by itself. */
  recheck(): void;
  /** An app's share. Each counts as a try, since the answer tells the asker whether its guess was right. */
  begin(app: {
    name: string;
    fingerprint: string;
    share: Uint8Array;
  }): Promise<{ attempt: string; share: Buffer; confirm: Buffer }>;
  /** The app's proof. Throws `code-wrong`; else the name it gave, and the code is used up. */
  finish(attempt: string, fingerprint: string, confirm: Uint8Array): { name: string };
  /** A browser that types the code itself; throws like the others. */
  typed(digits: string): void;
  close(): void;
}

/** `standing`: whether it is open without being asked for (nobody is there yet who could ask). */
export function createCodeDoor(options: {
  fingerprint: string;
  standing: () => boolean;
  /** What the screen shows now. */
  onChange: (shown: ShownCode | undefined) => void;
  /** It is good for many, who may come at the same time: `lifeMs` milliseconds, or until so many tries are open or were wrong. */
  many?: { lifeMs: number; tries: number };
  now?: () => number;
}): CodeDoor {
  const { fingerprint, standing, onChange, many, now = Date.now } = options;
  const lasts = many?.lifeMs ?? life;
  const most = many?.tries ?? mostTries;
  let code: Code | undefined;
  let asked = 0;
  let waitUntil = 0;
  let failures = 0;
  let timer: NodeJS.Timeout | undefined;
  const attempts = new Map<
    string,
    { name: string; app: string; of: Code; until: number; accepts(confirm: Uint8Array): boolean }
  >();

  const shown = (): ShownCode | undefined => code && { digits: code.digits, until: code.until };
  /** Brings the code in line with the time; tells when another one is to be shown. */
  const settle = (): void => {
    const before = code;
    const open = standing() || asked > now();
    if (!open || waitUntil > now() || (code && code.until <= now())) code = undefined;
    if (open && !code && waitUntil <= now()) {
      const digits = newCode();
      const until = standing() ? now() + lasts : asked;
      code = { digits, until, tries: 0, record: registerCode(digits, fingerprint) };
      code.record.catch(() => undefined); // whoever tries has the error
    }
    if (code !== before) attempts.clear();
    clearTimeout(timer);
    const next = waitUntil > now() ? waitUntil : code?.until;
    if (next !== undefined && open) timer = setTimeout(settle, Math.max(50, next - now())).unref();
    if (code !== before) onChange(shown());
  };
  const failed = (): void => {
    if (!code || code.tries < most) return;
    waitUntil = now() + Math.min(longestWait, firstWait * 2 ** failures);
    failures += 1;
    settle();
  };
  const use = (): Code => {
    settle();
    // Tries that were begun and never ended count too; the next one finds them used up.
    failed();
    if (code) {
      code.tries += 1;
      return code;
    }
    throw waitUntil > now() ? wait(waitUntil - now()) : closed();
  };
  const used = (): void => {
    if (many && code) {
      code.tries -= 1;
      return;
    }
    code = undefined;
    asked = 0;
    failures = 0;
    attempts.clear();
    onChange(undefined);
    settle();
  };
  settle();

  return {
    shown,
    wait: () => (standing() || asked > now() ? Math.max(0, waitUntil - now()) : 0),
    needed() {
      if (!code) throw waitUntil > now() ? wait(waitUntil - now()) : closed();
      return { digits: code.digits, until: code.until };
    },
    open() {
      asked = now() + lasts;
      code = undefined;
      settle();
    },
    shut() {
      asked = 0;
      settle();
    },
    recheck: settle,
    async begin({ name, fingerprint: app, share }) {
      const of = use();
      try {
        const verifier = answerShare(await of.record, share, { box: fingerprint, app });
        if (code !== of) throw closed();
        const attempt = randomBytes(16).toString('base64url');
        attempts.set(attempt, { name, app, of, until: now() + attemptLife, accepts: verifier.accepts });
        return { attempt, share: verifier.share, confirm: verifier.confirm };
      } catch (error) {
        if (error instanceof SpakeError) throw notAShare();
        throw error;
      }
    },
    finish(attempt, app, confirm) {
      settle();
      const known = attempts.get(attempt);
      attempts.delete(attempt);
      if (!known || known.app !== app || known.of !== code || known.until < now()) throw gone();
      if (known.accepts(confirm)) {
        used();
        return { name: known.name };
      }
      failed();
      throw wrong();
    },
    typed(digits) {
      if (sameBytes(Buffer.from(digits), Buffer.from(use().digits))) return used();
      failed();
      throw wrong();
    },
    close() {
      clearTimeout(timer);
    },
  };
}

const wait = (ms: number): ProblemError =>
  new ProblemError({
    code: 'code-wait',
    title: 'Too many wrong codes',
    detail: `Nobody may try for ${waitText(ms)}; then the box shows another code.`,
    fix: 'Wait, then type the new code from its screen.',
    kind: 'denied',
  });
const closed = (): ProblemError =>
  new ProblemError({
    code: 'code-closed',
    title: 'The box takes no code now',
    detail: 'Somebody is paired with it already, or the code has just changed.',
    fix: 'Ask for a new code: in an app that is paired, on its pages, or at its console with `hearth box code`.',
    kind: 'denied',
  });
const gone = (): ProblemError =>
  new ProblemError({
    code: 'code-attempt-gone',
    title: 'This try is over',
    detail: 'The code changed meanwhile, or the try took longer than a minute.',
    fix: 'Try again with the code that the box shows now.',
    kind: 'denied',
  });
const wrong = (): ProblemError =>
  new ProblemError({
    code: 'code-wrong',
    title: 'The code is not right',
    detail: 'It is not the one that the box shows, or another computer stands between.',
    fix: "Compare it with the box's screen and try again. After five wrong tries there is a new code.",
    kind: 'denied',
  });
const notAShare = (): ProblemError =>
  new ProblemError({
    code: 'code-share-refused',
    title: 'The pairing was refused',
    detail: 'What the app sent is not a share of this pairing.',
    cause: 'The app has another version, or somebody tries something.',
    fix: 'Update the app, then try again.',
    kind: 'denied',
  });
