import { createHash } from 'node:crypto';
import { about } from './about.ts';

/** One npm package that is shipped: as files, or built into a program or page. */
export interface SbomPart {
  name: string;
  version: string;
  /** SPDX expression, or what its package says. */
  licence: string;
  /** Subresource integrity of the lock file (`sha512-...`). */
  integrity?: string;
  /** Where npm got it. */
  resolved?: string;
  /** Names and versions of the shipped packages it needs: `name@version`. */
  needs: readonly string[];
}

/** Package URL of an npm package; the @ of a scope is written %40 (purl-spec). */
export const purl = (name: string, version: string): string =>
  `pkg:npm/${name.replace('@', '%40')}@${version.replaceAll('+', '%2B')}`;

/** One SPDX id, an expression of them, or a name that is none. */
function licenceOf(licence: string): object[] {
  if (/ (AND|OR|WITH) /.test(licence)) return [{ expression: licence }];
  return [{ license: /^[A-Za-z0-9.+-]+$/.test(licence) ? { id: licence } : { name: licence } }];
}

/** A UUID that the same content always gets (version 8 of RFC 9562: our own way). */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

/**
 * The bill of materials of a package, CycloneDX 1.6. The same parts at the same time give the same bytes. `time`: seconds since
 * 1970. Pure.
 */
export function sbom(input: { name: string; version: string; time: number; parts: readonly SbomPart[] }): string {
  const parts = input.parts.toSorted((a, b) => (purl(a.name, a.version) < purl(b.name, b.version) ? -1 : 1));
  const own = `pkg:generic/${input.name}@${input.version}`;
  const refs = new Set(parts.map(({ name, version }) => purl(name, version)));
  const refOf = (need: string): string => purl(need.slice(0, need.lastIndexOf('@')), need.slice(need.lastIndexOf('@') + 1));
  const needed = new Set(parts.flatMap(({ needs }) => needs.map(refOf)));
  const bom = {
    $schema: 'http://cyclonedx.org/schema/bom-1.6.schema.json',
    bomFormat: 'CycloneDX',
    specVersion: '1.6',
    serialNumber: '',
    version: 1,
    metadata: {
      timestamp: new Date(input.time * 1000).toISOString(),
      component: {
        type: 'application', 'bom-ref': own, name: input.name, version: input.version, description: about.summary,
        licenses: [{ license: { id: about.licence } }], purl: own,
      },
    },
    components: parts.map(({ name, version, licence, integrity, resolved }) => {
      const ref = purl(name, version);
      const [, algorithm, digest] = /^(sha512|sha384|sha256|sha1)-([A-Za-z0-9+/]+=*)$/.exec(integrity ?? '') ?? [];
      const slash = name.startsWith('@') ? name.indexOf('/') : -1;
      return {
        type: 'library', 'bom-ref': ref,
        ...(slash > 0 && { group: name.slice(0, slash) }),
        name: name.slice(slash + 1), version, scope: 'required',
        ...(digest && { hashes: [{ alg: algorithm?.toUpperCase().replace('SHA', 'SHA-'), content: Buffer.from(digest, 'base64').toString('hex') }] }),
        licenses: licenceOf(licence), purl: ref,
        ...(resolved && { externalReferences: [{ type: 'distribution', url: resolved }] }),
      };
    }),
    dependencies: [
      // What nothing else needs, Hearth needs itself.
      { ref: own, dependsOn: [...refs].filter((ref) => !needed.has(ref)) },
      ...parts.map(({ name, version, needs }) => ({
        ref: purl(name, version),
        dependsOn: [...new Set<string>(needs.map(refOf))].filter((ref) => refs.has(ref)).toSorted(),
      })),
    ],
  };
  bom.serialNumber = `urn:uuid:${uuidOf(JSON.stringify(bom))}`;
  return `${JSON.stringify(bom, null, 2)}\n`;
} // prettier-ignore
