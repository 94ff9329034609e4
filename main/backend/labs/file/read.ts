import { isMap, isScalar, isSeq } from 'yaml';
import { labApiVersion, labFileLimit, labFileSchema } from '../../../contract/labs/file.ts';
import type { LabFile } from '../../../contract/labs/file.ts';
import type { YamlFinding } from '../../../contract/machine.ts';
import { checkSyntax } from '../../machines/yaml-check.ts';
import type { CheckedYaml } from '../../machines/yaml-check.ts';
import { imageRules } from './images.ts';
import { nameRules } from './names.ts';
import { objectRules } from './objects.ts';
import { patternRules } from './patterns.ts';
import type { ReadOptions, Tell } from './tell.ts';
import { referenceRules } from './references.ts';
import { schemaFindings } from './schema.ts';
import { textRules } from './texts.ts';
import { variableRules } from './variables.ts';

/** A lab file that was read. `lab` is there where no finding is an error. */
export interface ReadLab {
  lab?: LabFile;
  findings: YamlFinding[];
}

const most = 100;
const first = (message: string): ReadLab => ({ findings: [{ severity: 'error', message, line: 1, column: 1 }] });

/**
 * Reads a lab file from anybody: syntax, shape, then everything that the shape cannot say (names that are used, what an
 * object may ask for, expressions, addresses), each at its line. Never throws for what stands in it.
 */
export async function readLab(text: string, options: ReadOptions = {}): Promise<ReadLab> {
  const bytes = Buffer.byteLength(text);
  if (bytes > labFileLimit) return first(`The file has ${bytes} bytes; a lab file may have ${labFileLimit}.`);
  const checked = parse(text);
  if (typeof checked === 'string') return first(checked);
  const findings: YamlFinding[] = checked.findings.slice(0, most);
  const wrong = (): boolean => findings.some(({ severity }) => severity === 'error');
  const tell: Tell = (path, message, severity = 'error') => {
    if (findings.length < most) findings.push(checked.at(severity, path, message));
  };
  if (wrong()) return { findings };
  const { value } = checked;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return first('This is no lab file: it begins with apiVersion, kind and metadata.'); // prettier-ignore
  const version = (value as Record<string, unknown>)['apiVersion'];
  if (typeof version === 'string' && version !== labApiVersion && version.startsWith('labs.hearth.dev/')) {
    tell(['apiVersion'], `The file is written for ${version}; this Hearth reads ${labApiVersion}. A newer Hearth may know it.`); // prettier-ignore
    return { findings };
  }
  const shaped = labFileSchema.safeParse(value);
  if (!shaped.success) {
    schemaFindings(shaped.error, value, tell);
    return { findings };
  }
  const lab = shaped.data;
  for (const rules of [nameRules, referenceRules, variableRules, objectRules, textRules]) rules(lab, tell);
  imageRules(lab, tell, options);
  await patternRules(lab, tell);
  findings.sort((one, other) => one.line - other.line || one.column - other.column);
  return wrong() ? { findings } : { lab, findings };
}

const tooDeep = /call stack/i;
const deep = 'The file is nested too deeply.';
/** The syntax; in words where even that cannot be looked at. */
function parse(text: string): CheckedYaml | string {
  try {
    const checked = checkSyntax(text, { uniqueKeys: false });
    // The parser tells its own end like any other finding.
    if (checked.findings.some(({ message }) => tooDeep.test(message))) return deep;
    return { ...checked, findings: [...checked.findings, ...twice(checked)] };
  } catch (error) {
    if (error instanceof RangeError) return deep;
    throw error;
  }
}

/** Keys that stand twice in one map: only one of them would be meant. */
function twice(checked: CheckedYaml): YamlFinding[] {
  const findings: YamlFinding[] = [];
  const walk = (node: unknown, path: readonly (string | number)[]): void => {
    if (isSeq(node)) for (const [index, each] of node.items.entries()) walk(each, [...path, index]);
    if (!isMap(node)) return;
    const seen = new Set<string>();
    for (const { key, value } of node.items) {
      const name = isScalar(key) ? String(key.value) : '';
      if (seen.has(name) && findings.length < most) findings.push(checked.at('error', [...path, name], `"${name}" stands here twice.`)); // prettier-ignore
      seen.add(name);
      walk(value, [...path, name]);
    }
  };
  walk(checked.document.contents, []);
  return findings;
}
