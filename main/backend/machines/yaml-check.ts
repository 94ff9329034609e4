import { isMap, isPair, isScalar, isSeq, LineCounter, parseDocument } from 'yaml';
import type { Document, Node } from 'yaml';
import type { YamlFinding } from '../../contract/machine.ts';

/** A parsed text that can tell where a path of it stands. */
export interface CheckedYaml {
  document: Document.Parsed;
  value: unknown;
  findings: YamlFinding[];
  /** A finding at a path; on the key where the path names one, else at the nearest part that exists. */
  at: (severity: YamlFinding['severity'], path: readonly (string | number)[], message: string) => YamlFinding;
}

/** Syntax errors with 1-based positions, and the means to say more. Aliases are bounded, so a small text stays small. `dialect`: of the reader it is for; without unique keys whoever asks looks for them, as comparing all with all takes too long for a stranger's text. */
export function checkSyntax(text: string, dialect: { version?: '1.1'; uniqueKeys?: false } = {}): CheckedYaml {
  const lines = new LineCounter();
  const document = parseDocument(text, { uniqueKeys: true, ...dialect, lineCounter: lines, prettyErrors: false });
  const position = (offset: number): { line: number; column: number } => {
    const { line, col } = lines.linePos(offset);
    return { line: Math.max(1, line), column: Math.max(1, col) };
  };
  const findings: YamlFinding[] = [
    ...document.errors.map((error) => ({
      severity: 'error' as const,
      message: error.message,
      ...position(error.pos[0]),
    })),
    ...document.warnings.map((error) => ({
      severity: 'warning' as const,
      message: error.message,
      ...position(error.pos[0]),
    })),
  ];
  let value: unknown;
  if (document.errors.length === 0) {
    try {
      value = document.toJS({ maxAliasCount: 100 });
    } catch (error) {
      findings.push({
        severity: 'error',
        message: error instanceof Error ? error.message : String(error),
        line: 1,
        column: 1,
      });
    }
  }
  return {
    document,
    value,
    findings,
    at: (severity, path, message) => ({
      severity,
      message,
      ...position(offsetOf(document.contents, path)),
      ...(path.length > 0 && { path: path.join('.') }),
    }),
  };
}

/** Where a path of a document begins; of its nearest part that exists where the path does not. Pure. */
export function offsetOf(root: unknown, path: readonly (string | number)[]): number {
  let node = root;
  let offset = (root as Node | null)?.range?.[0] ?? 0;
  for (const step of path) {
    if (isMap(node)) {
      const pair = node.items.find(
        (each) => isPair(each) && isScalar(each.key) && String(each.key.value) === String(step),
      );
      if (!pair) break;
      offset = (pair.key as Node).range?.[0] ?? offset;
      node = pair.value;
    } else if (isSeq(node)) {
      node = node.items[Number(step)];
      offset = (node as Node | undefined)?.range?.[0] ?? offset;
    } else break;
  }
  return offset;
}

/** `spec.template.spec.domain.devices.disks[1].name` as steps. Pure. */
export const fieldSteps = (field: string): (string | number)[] =>
  [...field.matchAll(/\[(\d+)\]|([^.[\]]+)/g)].map((match) =>
    match[1] === undefined ? (match[2] ?? '') : Number(match[1]),
  );
