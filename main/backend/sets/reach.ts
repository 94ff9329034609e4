import { kinds } from '../target/kinds.ts';

/** What of a target was really read: what was not may be there all the same, and its file stays. */
export interface Reach {
  /** `plural` for a kind as a whole, `plural/namespace` for one namespace. */
  read: ReadonlySet<string>;
  /** The namespaces that were asked for; none: all. */
  namespaces: readonly string[];
}

interface Place {
  plural: string;
  namespace: string | undefined;
  /** A namespace itself, or the place holder of a Secret: it is there for what is in the namespace. */
  follows: boolean;
}
function placeOf(path: string): Place {
  const [plural = '', second = '', third] = path.split('/');
  if (plural === kinds.namespaces.plural) return { plural, namespace: second.replace(/\.yaml$/, ''), follows: true };
  const namespace = third === undefined ? undefined : second;
  return { plural, namespace, follows: plural === kinds.secrets.plural };
}

/** Of files whose objects were not found, those whose objects may be there all the same. Pure. */
export function filesNotRead(paths: readonly string[], { read, namespaces }: Reach): ReadonlySet<string> {
  const places = paths.map((path) => ({ path, ...placeOf(path) }));
  const isRead = ({ plural, namespace }: Place): boolean =>
    read.has(plural) || (namespace !== undefined && read.has(`${plural}/${namespace}`));
  const kept = places.filter((place) => !place.follows && !isRead(place));
  const spaces = new Set(kept.map(({ namespace }) => namespace));
  const asked = (namespace: string): boolean => namespaces.length === 0 || namespaces.includes(namespace);
  const followers = places.filter(({ follows, namespace = '' }) => follows && (spaces.has(namespace) || !asked(namespace))); // prettier-ignore
  return new Set([...kept, ...followers].map(({ path }) => path));
}
