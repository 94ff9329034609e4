import type { Answer } from './http.ts';
import { subresourceGroup, subresourceVersion } from './routes.ts';

// Clients compare these with their own; the Kubernetes version is the one whose behaviour is followed here.
const kubernetes = { major: '1', minor: '36', gitVersion: 'v1.36.0+hearth' };
const kubevirt = { gitVersion: 'v1.9.0+hearth' };
const build = {
  gitCommit: '',
  gitTreeState: 'clean',
  buildDate: '2026-01-01T00:00:00Z',
  goVersion: 'none',
  compiler: 'none',
  platform: `${process.platform}/${process.arch === 'x64' ? 'amd64' : process.arch}`,
};

/** What is answered without a token. */
export const openAnswer = (pathname: string): Answer | undefined => {
  switch (pathname) {
    case '/version':
    case '/version/':
      return { code: 200, json: { ...kubernetes, ...build } };
    case `/apis/${subresourceGroup}/${subresourceVersion}/version`:
      return { code: 200, json: { ...kubevirt, ...build } };
    case '/healthz':
    case '/readyz':
    case '/livez':
      return { code: 200, body: 'ok', type: 'text/plain; charset=utf-8' };
    case `/apis/${subresourceGroup}/${subresourceVersion}/healthz`:
      return { code: 200, json: { apiserver: { connectivity: 'ok' } } };
    default:
      return undefined;
  }
};
