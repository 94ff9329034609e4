import { SaxesParser } from 'saxes';
import { ProblemError } from '../../contract/problem.ts';
import { badDescription } from './problems.ts';

export interface XmlElement {
  name: string;
  attributes: Readonly<Record<string, string>>;
  children: XmlElement[];
  text: string;
}
/** Real domains have some hundred elements, a dozen deep. */
const most = { elements: 20_000, depth: 64 };

/**
 * The root element of a text that a stranger may have written. A document type is refused, so there are no entities but XML's
 * own five and nothing grows or is fetched. Throws ProblemError. Pure.
 */
export function parseXml(text: string): XmlElement {
  const parser = new SaxesParser();
  const top = element('', {});
  const open = [top];
  let count = 0;
  parser.on('doctype', () => {
    throw badDescription('It has a document type (DOCTYPE). No tool writes one into a machine, and it could name files of this computer or grow without end.'); // prettier-ignore
  });
  parser.on('error', (error) => {
    throw badDescription(`It is no well-formed XML: ${error.message.slice(0, 200)}`);
  });
  parser.on('opentag', ({ name, attributes }) => {
    count += 1;
    if (count > most.elements || open.length > most.depth)
      throw badDescription('It has far more elements than a real one, or far deeper ones.');
    // Own names only: `attributes` is read by name.
    const one = element(name, Object.assign(Object.create(null) as Record<string, string>, attributes));
    open.at(-1)?.children.push(one);
    open.push(one);
  });
  const add = (part: string): void => {
    const one = open.at(-1);
    if (one) one.text += part;
  };
  parser.on('text', add);
  parser.on('cdata', add);
  parser.on('closetag', () => void open.pop());
  try {
    parser.write(text.replace(/^\uFEFF/, '')).close();
  } catch (error) {
    if (error instanceof ProblemError) throw error;
    throw badDescription(`It is no well-formed XML: ${error instanceof Error ? error.message.slice(0, 200) : ''}`);
  }
  const [root] = top.children;
  if (!root) throw badDescription('It is empty.');
  return root;
}
const element = (name: string, attributes: Record<string, string>): XmlElement => ({ name, attributes, children: [], text: '' }); // prettier-ignore

/** The elements down a path of names. */
export const all = (from: XmlElement | undefined, ...path: string[]): XmlElement[] =>
  path.reduce<XmlElement[]>(
    (found, name) => found.flatMap(({ children }) => children.filter((child) => child.name === name)),
    from ? [from] : [],
  );
export const one = (from: XmlElement | undefined, ...path: string[]): XmlElement | undefined => all(from, ...path)[0];
export const textOf = (from: XmlElement | undefined, ...path: string[]): string | undefined =>
  one(from, ...path)?.text.trim() || undefined;
/** An attribute that is there and not empty. */
export const attr = (from: XmlElement | undefined, name: string): string | undefined =>
  from?.attributes[name]?.trim() || undefined;
