/** Where in the API a request goes. */
export interface ApiPlace {
  /** Empty for the core group. */
  group: string;
  version: string;
  namespace?: string;
  plural: string;
  name?: string;
  /** Below the object, e.g. `status` or `addvolume`. */
  subresource?: string;
}

/** Takes a request's path apart; undefined when it is none of an object (`/version`, a proxied path). Pure. */
export function placeOf(path: string): ApiPlace | undefined {
  const parts = path.split('/').filter(Boolean).map(decodeURIComponent);
  const core = parts[0] === 'api';
  if (!core && parts[0] !== 'apis') return undefined;
  const [group, version] = core ? ['', parts[1]] : [parts[1], parts[2]];
  let rest = parts.slice(core ? 2 : 3);
  let namespace: string | undefined;
  if (rest[0] === 'namespaces' && rest.length > 2) {
    namespace = rest[1];
    rest = rest.slice(2);
  }
  const [plural, name, ...below] = rest;
  if (group === undefined || !version || !plural || below[0] === 'proxy') return undefined;
  return {
    group,
    version,
    plural,
    ...(namespace !== undefined && { namespace }),
    ...(name !== undefined && { name }),
    ...(below.length > 0 && { subresource: below.join('/') }),
  };
}
