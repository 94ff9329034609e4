import { stringify } from 'yaml';
import type { SentRequest } from '../target/acting.ts';
import { placeOf } from './path.ts';
import type { ApiPlace } from './path.ts';
import { quote, withDocument } from './shell.ts';
import { virtctlLine } from './virtctl.ts';

export interface Rendered {
  line: string;
  plain?: string;
  manifest?: string;
}

const yamlOf = (value: unknown): string => stringify(value, { lineWidth: 0, aliasDuplicateObjects: false });
const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** As a person would write it: without what the server fills in and what would make it fit one moment only. Pure. */
function portable(body: unknown): unknown {
  if (!isRecord(body)) return body;
  const { status: _status, ...rest } = body;
  if (isRecord(rest['metadata'])) {
    const { resourceVersion: _v, uid: _u, creationTimestamp: _c, generation: _g, managedFields: _m, selfLink: _s, ...metadata } = rest['metadata']; // prettier-ignore
    rest['metadata'] = metadata;
  }
  return rest;
}

const resource = ({ plural, group }: ApiPlace): string => (group ? `${plural}.${group}` : plural);
const inNamespace = ({ namespace }: ApiPlace): string[] => (namespace === undefined ? [] : ['-n', namespace]);
const line = (...words: string[]): string => words.map(quote).join(' ');

/** A request as the line of kubectl (or virtctl) that sends the same. Pure. */
export function render(request: SentRequest): Rendered {
  const { method, path } = request;
  const place = placeOf(path);
  const body: unknown = request.body instanceof Uint8Array ? parsed(request.body) : request.body;
  if (!place || request.streamed) return raw(request, body);
  const virtctl = virtctlLine(place, body);
  if (virtctl !== undefined) {
    const plain = raw(request, body);
    return { line: virtctl, plain: plain.line, ...(plain.manifest && { manifest: plain.manifest }) };
  }
  const own = place.group !== 'subresources.kubevirt.io' && place.group !== 'upload.cdi.kubevirt.io';
  if (method === 'POST' && !place.name && isRecord(body) && own) {
    const manifest = yamlOf(portable(body));
    return { line: withDocument(line('kubectl', 'create', ...inNamespace(place), '-f', '-'), manifest), manifest };
  }
  const patch = method === 'PATCH' && place.name && own ? patchLine(place, place.name, request, body) : undefined;
  if (patch) return patch;
  if (method === 'DELETE' && place.name && !place.subresource && own)
    return { line: deleteLine(place, place.name, body) };
  return raw(request, body);
}

function patchLine(
  place: ApiPlace,
  name: string,
  { contentType = '' }: SentRequest,
  body: unknown,
): Rendered | undefined {
  // kubectl patch knows these subresources only.
  if (place.subresource !== undefined && !['status', 'scale', 'resize'].includes(place.subresource)) return undefined;
  const below = place.subresource ? [`--subresource=${place.subresource}`] : [];
  if (contentType.startsWith('application/apply-patch')) {
    const manifest = yamlOf(portable(body));
    const words = ['kubectl', 'apply', '--server-side', '--force-conflicts', '--field-manager=hearth'];
    return { line: withDocument(line(...words, ...below, ...inNamespace(place), '-f', '-'), manifest), manifest };
  }
  const type = contentType.includes('json-patch') ? 'json' : contentType.includes('merge-patch+json') && !contentType.includes('strategic') ? 'merge' : 'strategic'; // prettier-ignore
  const words = ['kubectl', 'patch', resource(place), name, ...inNamespace(place), ...below, `--type=${type}`];
  return { line: line(...words, '-p', JSON.stringify(body)), manifest: yamlOf(body) };
}

function deleteLine(place: ApiPlace, name: string, options: unknown): string {
  const given = isRecord(options) ? options : {};
  const policy = given['propagationPolicy'];
  const grace = given['gracePeriodSeconds'];
  return line(
    'kubectl', 'delete', resource(place), name, ...inNamespace(place),
    ...(typeof policy === 'string' ? [`--cascade=${policy.toLowerCase()}`] : []),
    ...(typeof grace === 'number' ? [`--grace-period=${grace}`, ...(grace === 0 ? ['--force'] : [])] : []),
    '--wait=false',
  ); // prettier-ignore
}

/** kubectl can send any request that has a JSON body (or none) as it is. */
function raw(request: SentRequest, body: unknown): Rendered {
  const { method, path, query, streamed } = request;
  const given = Object.entries(query).filter(([, value]) => value !== undefined);
  const search = new URLSearchParams(given.map(([name, value]): [string, string] => [name, String(value)])).toString();
  const full = search ? `${path}?${search}` : path;
  const verb = { POST: 'create', PUT: 'replace', DELETE: 'delete' }[method];
  if (streamed || verb === undefined || body instanceof Uint8Array)
    return { line: `# ${method} ${full}: the bytes of a file or a form that kubectl has no command for` };
  const words = ['kubectl', verb, '--raw', full];
  if (method === 'DELETE' && body === undefined) return { line: line(...words) };
  const manifest = `${JSON.stringify(body ?? {}, undefined, 2)}\n`;
  return { line: withDocument(line(...words, '-f', '-'), manifest), manifest };
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(Buffer.from(bytes).toString('utf8'));
  } catch (error) {
    if (error instanceof SyntaxError) return bytes;
    throw error;
  }
}
