/** What stands where a secret was. */
export const mark = '[redacted]';

/** Names whose values are secrets... */
export const secretName =
  /pass(?:w(?:or)?d|phrase)|passwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|key-data|credential|authorization|cookie|user[-_]?data|bearer|psk/i;
/** ...unless they only point to one, or tell something about it. */
export const pointsOnly =
  /(?:name|ref|file|path|type|kind|class|count|seconds|expir\w*|version|rotation|hash(?:es)?algorithm|source)$/i;
const harmless = /^(?:true|false|null|none|undefined|\d{1,4}|\[redacted\]|\{|\[|\||>|\|-|>-)?$/i;

type Rule = [RegExp, string | ((...parts: string[]) => string)];

/** In this order: what spans lines or has a shape of its own before the general `name: value`. */
const rules: readonly Rule[] = [
  [/-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z0-9 ]*PRIVATE KEY-----|$)/g, mark],
  // An answer file of Windows: whatever is in such an element.
  [/<([\w:.-]*(?:password|passwd|secret|token|credentials|productkey)[\w:.-]*)((?:\s[^<>]*)?)>(?!\s*\[redacted\])(?=[^<]*\S|\s*<(?!\/\1))[\s\S]*?<\/\1>/gi, `<$1$2>${mark}</$1>`], // prettier-ignore
  // Header lines: all that follows the name, to the end of the line or the closing quote.
  [
    /((?:proxy-)?authorization|(?:set-)?cookie|x-[\w-]*(?:key|token|auth|secret|password|signature)[\w-]*)(["']?[ \t]*[:=](?![ \t"']*\[redacted\])[ \t]*["']?)[^\r\n"']+/gi,
    `$1$2${mark}`,
  ],
  [/\b(bearer|basic|negotiate|digest)[ \t]+(?!\[redacted\])[A-Za-z0-9+/=_.~-]{6,}/gi, `$1 ${mark}`],
  // Who signs in by an address.
  [/\b(https?|ftp|wss?|socks5?|rtsp|smb|nbd|postgres(?:ql)?|mysql|redis|amqp|mongodb(?:\+srv)?):\/\/[^\s/@"'<>]+@/gi, `$1://${mark}@`],
  [/\b([a-z][a-z0-9+.-]*):\/\/[^\s/@:"'<>]+:[^\s/@"'<>]+@/gi, `$1://${mark}@`],
  [
    /([?&;](?:code|key|sig|signature|se|sas|token|auth|pwd|pass\w*|[\w-]*(?:token|secret|password|api[-_]?key|credential|signature)|x-amz-\w+|x-goog-\w+)=)(?!\[redacted\])[^&\s"'#<>]+/gi,
    `$1${mark}`,
  ],
  // The path of these is the key.
  [/(hooks\.slack\.com\/(?:services|workflows)\/|discord(?:app)?\.com\/api\/webhooks\/|api\.telegram\.org\/bot|[\w.-]*webhook\.office\.com\/)[^\s"'<>]+/gi, `$1${mark}`], // prettier-ignore
  [/\$(?:1|2[abxy]?|5|6|7|y|gy|argon2\w*|apr1)\$[./A-Za-z0-9$=,+]{8,}/g, mark],
  [/\beyJ[\w-]{8,}\.[\w-]{8,}(?:\.[\w-]*)?/g, mark],
  [/\bK10[0-9a-f]{20,}::[^\s"']+/g, mark],
  [/\b(?:gh[pousr]_\w{20,}|github_pat_\w{20,}|glpat-[\w-]{16,}|xox[abeoprs]-[\w-]{10,}|(?:AKIA|ASIA)[0-9A-Z]{16}|hvs\.[\w-]{16,}|sk-[\w-]{20,}|AGE-SECRET-KEY-1[A-Z0-9]{20,}|npm_\w{30,}|tskey-[\w-]{16,})/g, mark], // prettier-ignore
  [/\b[a-z0-9]{6}\.[a-z0-9]{16}\b/g, mark],
  [
    // A name with its value, in YAML, JSON (also inside a JSON text), an environment, a command line.
    /(["']?|\\")((?:[\w.-]*)(?:pass(?:w(?:or)?d|phrase)|passwd|secret|token|api[-_]?key|access[-_]?key|private[-_]?key|key-data|credential|user[-_]?data|psk)[\w.-]*)(\1[ \t]*[:=][ \t]*)(\[redacted\]|\\"(?:[^"\\]|\\[^"])*\\"|"(?:[^"\\]|\\.)*"|'[^']*'|[^\s,;}\])"']+)/gi,
    (whole, quote, name, between, value) => {
      const bare = (value ?? '').replace(/^(?:\\?["'])|(?:\\?["'])$/g, '');
      if (pointsOnly.test(name ?? '') || harmless.test(bare)) return whole ?? '';
      const q = /^\\?["']/.exec(value ?? '')?.[0] ?? '';
      return `${quote}${name}${between}${q}${mark}${q}`;
    },
  ],
  [/(--?(?:pass(?:word|phrase)?|token|secret|api-key)[ \t]+)(?![-[])\S+/gi, `$1${mark}`],
  [/\b(pass(?:word|phrase)|passwd|token|secret)( (?:is|was|of|for)(?: \w+)?(?: is)?:? )(["'`]?)(?!\[redacted\])[^\s"'`]{4,}\3/gi, `$1$2${mark}`],
  // chpasswd's list of cloud-init: `user:password` lines are under a name of their own.
  [/((?:chpasswd|list)[ \t]*:[ \t]*\|[+-]?\r?\n)((?:[ \t]+[^\s:]+:\S+\r?\n?)+)/gi, `$1 ${mark}\n`],
]; // prettier-ignore

/** Takes everything that looks like a secret out of a text; `onHit` is called for each. Pure otherwise. */
export function redactText(text: string, onHit: () => void = () => undefined): string {
  let result = text;
  for (const [pattern, by] of rules)
    result = result.replace(pattern, (...parts: unknown[]) => {
      const groups = parts.filter((part): part is string | undefined => part === undefined || typeof part === 'string');
      // The callback gets the match, its groups, (the offset,) and the whole text at the end.
      const matched = groups.slice(0, -1) as string[];
      const next =
        typeof by === 'function'
          ? by(...matched)
          : by.replaceAll(/\$(\d)/g, (_all, digit: string) => matched[Number(digit)] ?? '');
      if (next !== matched[0]) onHit();
      return next;
    });
  return result;
}
