import type { BoxLogs } from '../../../../contract/box/upkeep.ts';
import { createRedactor, mark } from '../../../redact/redact.ts';
import type { Redactor } from '../../../redact/redact.ts';

type Line = BoxLogs['lines'][number];
const begins = /-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----/;
const ends = /-----END [A-Z0-9 ]*PRIVATE KEY-----/;
const base64 = /^\s*[A-Za-z0-9+/=]{16,}\s*$/;

/** Lines without secrets. A private key in lines of its own is told as one mark, also where its beginning or end is cut off. */
export function withoutSecrets(lines: readonly Line[], redactor: Redactor = createRedactor()): Line[] {
  return withoutKeys(lines).map((line) => ({ ...line, text: redactor.text(line.text) }));
}

function withoutKeys(lines: readonly Line[]): Line[] {
  const kept: Line[] = [];
  /** Units that are in the middle of a key; lines of others may stand between its lines. */
  const inside = new Set<string>();
  for (const line of lines) {
    const { unit, text } = line;
    const lastBegin = text.lastIndexOf('-----BEGIN');
    if (inside.has(unit)) {
      if (ends.test(text)) inside.delete(unit);
      else if (base64.test(text) || /^\s*(?:(?:Proc-Type|DEK-Info|Comment):.*)?$/.test(text)) continue;
      else {
        // The key was cut off: what follows is something else.
        inside.delete(unit);
        kept.push(line);
      }
      continue;
    }
    if (begins.test(text) && !ends.test(text.slice(lastBegin))) {
      inside.add(unit);
      kept.push({ ...line, text: `${text.slice(0, Math.max(0, text.search(begins)))}${mark}` });
    } else if (ends.test(text) && !begins.test(text)) {
      dropTail(kept, unit);
      kept.push({ ...line, text: mark });
    } else kept.push(line);
  }
  return kept;
}

/** The lines of a key whose first line is older than what was read. */
function dropTail(kept: Line[], unit: string): void {
  for (let at = kept.length - 1; at >= 0; at -= 1) {
    if (kept[at]?.unit !== unit) continue;
    if (!base64.test(kept[at]?.text ?? '')) return;
    kept.splice(at, 1);
  }
}
