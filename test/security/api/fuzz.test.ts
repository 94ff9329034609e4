import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { TestEngine } from '../../support/engine.ts';

let engine: TestEngine;
beforeAll(async () => void (engine = await TestEngine.start()));
afterAll(() => engine.remove());

/** The same numbers on every run. */
const random = (() => {
  let seed = 20_260;
  return (limit: number) => {
    seed = (seed * 1103515245 + 12345) % 2147483648;
    return Math.floor((seed / 2147483648) * limit);
  };
})();
const pick = <T>(list: readonly T[]): T => list[random(list.length)] as T;

const words = [
  'api', 'apis', 'v1', 'v1beta1', 'kubevirt.io', 'cdi.kubevirt.io', 'subresources.kubevirt.io', 'namespaces', 'default', 'virtualmachines', 'virtualmachineinstances',
  'datavolumes', 'configmaps', 'secrets', 'events', 'pods', 'nodes', 'a', 'status', 'proxy', 'metrics', 'vnc', 'console', 'start', 'portforward', 'openapi', 'v2', 'v3', 'watch',
  'upload-async', 'uploadtokenrequests', 'authorization.k8s.io', 'selfsubjectaccessreviews', '..', '%2e%2e', '%2F', '%00', '%ff', '%', '__proto__', 'constructor', 'toString', '', '.', '*', '😀', 'a'.repeat(300),
]; // prettier-ignore
const queries = [
  'watch=true&timeoutSeconds=1', 'watch=1&resourceVersion=abc', 'limit=-1', 'limit=1e9', 'limit=1&continue=x', 'continue=eyJydiI6IjEiLCJhZnRlciI6IiJ9', 'resourceVersion=99999999999999999', 'labelSelector=((((', 'labelSelector=a in (', 'labelSelector=__proto__',
  'fieldSelector=metadata.name=a,metadata.name!=b', 'fieldSelector=__proto__.x=1', 'dryRun=All', 'dryRun=x', 'fieldValidation=Strict', 'fieldValidation=x', 'fieldManager=f&force=true', 'propagationPolicy=Foreground', 'propagationPolicy=x', 'gracePeriodSeconds=-1', '%', '&&&==', 'pretty', 'hash=1',
]; // prettier-ignore
const types = ['application/json', 'application/yaml', 'application/merge-patch+json', 'application/json-patch+json', 'application/strategic-merge-patch+json', 'application/apply-patch+yaml', 'application/vnd.kubernetes.protobuf', 'text/html', '', 'x'.repeat(200), 'application/json; charset=\u00e9']; // prettier-ignore
const meta = (more: object) => JSON.stringify({ metadata: { name: 'a', namespace: 'default', ...more } });
const bodies: (string | Buffer)[] = [
  '', '{', '[]', '{}', 'null', '1', '"x"', '{"metadata":null}', '{"metadata":[]}', meta({}), meta({ labels: [] }), meta({ labels: { a: 1 } }), meta({ finalizers: 'x' }), meta({ finalizers: ['f/x'] }),
  meta({ ownerReferences: [{}] }), meta({ ownerReferences: [{ uid: 1 }] }), meta({ managedFields: [{ manager: 1 }] }), meta({ managedFields: [{ manager: 'm', fieldsV1: { 'f:data': null } }] }), meta({ managedFields: [{ manager: 'm', operation: 'Update', fieldsV1: { 'k:x': {}, 'zz': [] } }] }),
  '{"metadata":{"name":"a","__proto__":{"x":1}}}', '{"__proto__":{"polluted":true}}', '{"constructor":{"prototype":{"polluted":true}}}', meta({ name: '../../../etc/passwd' }), meta({ generateName: 'x'.repeat(500), name: '' }), meta({ name: 'x\u0000y' }), meta({ uid: 5 }), meta({ resourceVersion: {} }),
  '{"data":{"a":"b"}}', '{"data":{"a":null}}', '{"data":[[[]]]}', '{"spec":{"template":null}}', '{"spec":5}', '{"status":"x"}', '{"kind":"Secret","apiVersion":"v1","metadata":{"name":"a"}}', '{"spec":{"pvcName":5}}', '{"spec":{"resourceAttributes":7}}',
  '[{"op":"add","path":"/metadata/name","value":"b"}]', '[{"op":"remove","path":""}]', '[{"op":"replace","path":"","value":5}]', '[{"op":"add","path":"/__proto__/x","value":1}]', '[{"op":"move","from":"/metadata","path":"/metadata/x"}]', '[{"op":"test","path":"/x"}]', '[1,null,"x"]', '[{"op":"add","path":"/data/-","value":1}]', '[{"op":"copy","from":"/","path":"/data"}]',
  '{"$patch":"replace"}', '{"data":{"$patch":"delete"}}', '{"metadata":{"$setElementOrder/finalizers":[1]}}', '{"metadata":{"$deleteFromPrimitiveList/finalizers":"x"}}', '{"spec":{"ports":[{"port":1},{"$patch":"delete"}]}}', '{"spec":{"$retainKeys":[1],"ports":"x"}}',
  '['.repeat(50_000), `${'{"a":'.repeat(20_000)}1${'}'.repeat(20_000)}`, 'a: &a [*a]', `a: &a [x]\nb: &b [*a,*a,*a]\n${Array.from({ length: 200 }, (_, i) => `c${i}: [*b,*b,*b]`).join('\n')}`, '- '.repeat(3000), '\u0000\u0001\u0002', Buffer.from([0x6b, 0x38, 0x73, 0]), Buffer.from('k8s\0\x0a\xff\xff\xff\xff\x0f', 'latin1'), Buffer.from('k8s\0\x0a\x0f\x0a\x02v1\x12\x09ConfigMap\x12\x04\x0a\x02\x0a\x09', 'latin1'), 'x'.repeat(200_000),
]; // prettier-ignore
const methods = ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'HEAD', 'OPTIONS', 'TRACE', 'PROPFIND'];

const isAlive = async () => {
  const { json } = await engine.json<{ items: { metadata: { name: string } }[] }>('/api/v1/namespaces');
  expect(json.items.map((item) => item.metadata.name)).toContain('default');
};

describe('odd requests', () => {
  it(
    '4,000 of them: each is answered, none with an internal error, and the engine lives on',
    { timeout: 180_000 },
    async () => {
      const worst: string[] = [];
      const one = async () => {
      const sensible = random(3) === 0;
      const depth = random(9);
      const path = sensible
        ? `/api/v1/namespaces/default/${pick(['configmaps', 'services', 'secrets', 'persistentvolumeclaims', 'events'])}${pick(['', '/a', '/a/status'])}`
        : `/${Array.from({ length: depth }, () => encodeURI(pick(words)).replaceAll('%25', '%')).join('/')}`;
      const query = random(2) ? `?${encodeURI(pick(queries)).replaceAll('%25', '%')}` : '';
      const method = pick(methods);
      const type = pick(types);
      const body = method === 'GET' || method === 'HEAD' ? undefined : pick(bodies);
      // The namespace that the check below looks for stays.
      if (method === 'DELETE' && /namespaces(\/default)?\/?(\?|$)/.test(`${path}${query}`)) return;
      const headers: Record<string, string> = { 'content-type': Buffer.from(type).toString('latin1'), accept: pick(['*/*', 'application/json;as=Table;v=v1;g=meta.k8s.io', 'application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList', 'x', '']) };
      if (query.includes('watch') && !query.includes('timeoutSeconds')) return;
      const reply = await engine
        .request(`${path}${query}`, { method, headers, ...(body === undefined ? {} : { body, headers: { ...headers, 'content-length': String(Buffer.byteLength(body)) } }) })
        .catch((error: unknown) => {
          throw new Error(`no answer: ${method} ${path}${query} [${type}] ${String(body).slice(0, 80)}`, { cause: error });
        });
      if (reply.code >= 500 && reply.code !== 504 && reply.code !== 503) worst.push(`${reply.code} ${method} ${path}${query} [${type}] ${String(body).slice(0, 80)}: ${reply.body.slice(0, 200)}`);
      expect(reply.code).toBeGreaterThanOrEqual(200);
    }; // prettier-ignore
      for (let round = 0; round < 250; round++) await Promise.all(Array.from({ length: 16 }, one));
      expect(worst).toEqual([]);
      expect(engine.process.exitCode).toBeNull();
      await isAlive();
    },
  );

  it('raw bytes instead of HTTP', async () => {
    const { port } = new URL(engine.server);
    const raw = [
      'GET / HTTP/1.1\r\n\r\n', 'GET / HTTP/9.9\r\nHost: localhost\r\n\r\n', '\r\n\r\n\r\n', 'GET '.padEnd(100_000, 'a'), `GET / HTTP/1.1\r\nHost: localhost\r\nX: ${'a'.repeat(70_000)}\r\n\r\n`,
      'POST /api/v1/namespaces HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999999\r\n\r\n', 'POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nZZZ\r\n', 'GET /a HTTP/1.1\r\nHost: localhost\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n', '\u0016\u0003\u0001'.repeat(500),
    ]; // prettier-ignore
    const answers = await Promise.all(
      raw.map(
        (text) =>
          new Promise<string>((resolve) => {
            let answer = '';
            const socket = connect(
              { port: Number(port), host: '127.0.0.1', ca: engine.ca, servername: 'localhost' },
              () => socket.write(text),
            );
            socket.on('data', (chunk) => (answer += chunk.toString('latin1')));
            socket.on('error', () => socket.destroy());
            socket.on('close', () => resolve(answer));
            socket.setTimeout(3_000, () => socket.destroy());
          }),
      ),
    );
    for (const answer of answers) expect(answer).toMatch(/^(HTTP\/1\.1 4\d\d |$)/);
    await isAlive();
  });

  it('a body beyond the limit is refused with 413', async () => {
    const body = JSON.stringify({ metadata: { name: 'big' }, data: { x: 'y'.repeat(4_000_000) } });
    const reply = await engine.request('/api/v1/namespaces/default/configmaps', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    expect(reply.code).toBe(413);
    await isAlive();
  });
});
