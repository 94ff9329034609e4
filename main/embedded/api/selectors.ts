import type { Stored } from '../kube/object.ts';
import { badRequest } from '../kube/status-error.ts';

export type Selector = (object: Stored) => boolean;
const everything: Selector = () => true;

const key = '[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?(?:/[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?)?';
const value = '(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?';
const equality = new RegExp(`^(?<key>${key})\\s*(?<operator>==|=|!=)\\s*(?<value>${value})$`);
const set = new RegExp(`^(?<key>${key})\\s+(?<operator>in|notin)\\s*\\((?<values>[^()]*)\\)$`);
const exists = new RegExp(`^(?<not>!?)\\s*(?<key>${key})$`);
const order = new RegExp(`^(?<key>${key})\\s*(?<operator>[<>])\\s*(?<value>-?\\d+)$`);

/** Splits at commas that are outside parentheses. */
const requirements = (text: string): string[] => text.split(/,(?![^(]*\))/).map((part) => part.trim());

/** labelSelector with =, ==, !=, in, notin, exists, !exists, <, >. 400 in Kubernetes' words. */
export const labelSelector = (text: string | null): Selector => {
  if (!text?.trim()) return everything;
  const tests = requirements(text).map((part) => labelTest(part, text));
  return (object) => {
    const labels = object.metadata.labels ?? {};
    return tests.every((test) => test(labels));
  };
};

const labelTest = (part: string, whole: string): ((labels: Record<string, string>) => boolean) => {
  const has = (labels: Record<string, string>, name: string) => Object.hasOwn(labels, name);
  const equal = equality.exec(part)?.groups;
  if (equal) {
    const { key: name = '', value: wanted = '' } = equal;
    if (equal['operator'] === '!=') return (labels) => !has(labels, name) || labels[name] !== wanted;
    return (labels) => has(labels, name) && labels[name] === wanted;
  }
  const member = set.exec(part)?.groups;
  if (member) {
    const { key: name = '', values = '' } = member;
    const wanted = new Set(values.split(',').map((item) => item.trim()));
    if (member['operator'] === 'notin') return (labels) => !has(labels, name) || !wanted.has(labels[name] ?? '');
    return (labels) => has(labels, name) && wanted.has(labels[name] ?? '');
  }
  const present = exists.exec(part)?.groups;
  if (present) {
    const { key: name = '', not } = present;
    return (labels) => has(labels, name) === (not === '');
  }
  const compared = order.exec(part)?.groups;
  if (compared) {
    const { key: name = '', value: limit = '' } = compared;
    const above = compared['operator'] === '>';
    return (labels) => {
      if (!/^-?\d+$/.test(labels[name] ?? '')) return false;
      return above ? Number(labels[name]) > Number(limit) : Number(labels[name]) < Number(limit);
    };
  }
  throw badRequest(`unable to parse requirement: found '${part}', in '${whole}'`);
};

const fields =
  /^(?:metadata\.(?:name|namespace|uid)|type|reason|source|reportingComponent|involvedObject\.[A-Za-z]+|status\.[A-Za-z]+|spec\.[A-Za-z.]+)$/;

/** fieldSelector: metadata.*, an event's fields, simple fields of spec and status. */
export const fieldSelector = (text: string | null): Selector => {
  if (!text?.trim()) return everything;
  const tests = text
    .split(/(?<!\\),/)
    .filter((part) => part.trim() !== '')
    .map((part) => {
      const match = /^([^=!]+?)(==|=|!=)(.*)$/s.exec(part.trim());
      if (!match) throw badRequest(`invalid selector: '${text}'; can't understand '${part}'`);
      const [, field = '', operator, raw = ''] = match;
      if (!fields.test(field)) throw badRequest(`field label not supported: ${field}`);
      const wanted = raw.replaceAll(/\\([\\,=])/g, '$1');
      return (object: Stored) => (at(object, field) === wanted) === (operator !== '!=');
    });
  return (object) => tests.every((test) => test(object));
};

const at = (object: Stored, field: string): string => {
  let here: unknown = object;
  for (const segment of field.split('.')) {
    here = typeof here === 'object' && here !== null && Object.hasOwn(here, segment) ? (here as Record<string, unknown>)[segment] : undefined;
  } // prettier-ignore
  if (typeof here === 'string') return here;
  return typeof here === 'number' || typeof here === 'boolean' ? String(here) : '';
};

/** Both selectors of a list or watch request. */
export const selectorOf = (query: URLSearchParams): Selector => {
  const byLabel = labelSelector(query.get('labelSelector'));
  const byField = fieldSelector(query.get('fieldSelector'));
  if (byLabel === everything) return byField;
  if (byField === everything) return byLabel;
  return (object) => byLabel(object) && byField(object);
};
