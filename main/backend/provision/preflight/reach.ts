import { request } from 'undici';
import type { ApplianceSettings } from '../../../../provisioning/settings.ts';
import type { Reach } from '../../../../provisioning/preflight/checker.ts';
import { openRoute } from '../fetch/route.ts';

/** One address a place: releases of k3s, KubeVirt and CDI; images of k3s; images of KubeVirt and CDI. */
const addresses = ['https://github.com/k3s-io/k3s', 'https://registry-1.docker.io/v2/', 'https://quay.io/v2/'];
/** Milliseconds for each; they are tried at the same time. */
const patience = 5000;

export interface ReachResult {
  reach: Reach[];
  /** The time as one of them says it, to compare a clock with. */
  time: { seconds: number; by: string } | undefined;
}

/**
 * Asks the places that files come from for a sign of life, the way the downloads will go (mirror, proxy, authorities). Any
 * answer of theirs counts, also "not found" and "log in first"; one of a proxy that refuses does not. Never throws, unless
 * `signal` ended it.
 */
export async function tryReach(
  settings: Pick<ApplianceSettings, 'mirror' | 'proxy' | 'ca'>,
  signal: AbortSignal,
): Promise<ReachResult> {
  let time: ReachResult['time'];
  let route: ReturnType<typeof openRoute>;
  try {
    route = openRoute(settings);
  } catch (error) {
    // A proxy address or a certificate that nothing can be made of.
    return { reach: [{ host: 'proxy or certificate', ok: false, ...why(error) }], time };
  }
  try {
    const reach = await Promise.all(
      addresses.map(async (address): Promise<Reach> => {
        const { host } = new URL(address);
        try {
          const { statusCode, headers, body } = await request(route.to(address), {
            method: 'HEAD',
            dispatcher: route.dispatcher,
            signal: AbortSignal.any([signal, AbortSignal.timeout(patience)]),
          });
          await body.dump();
          const said = Date.parse(String(headers['date'] ?? ''));
          if (!Number.isNaN(said)) time ??= { seconds: said / 1000, by: host };
          if (statusCode === 407) return { host, ok: false, kind: 'proxy', error: 'The proxy asks for a login (407).' };
          return statusCode >= 500
            ? { host, ok: false, kind: 'other', error: `HTTP ${statusCode}` }
            : { host, ok: true };
        } catch (error) {
          signal.throwIfAborted();
          return { host, ok: false, ...why(error) };
        }
      }),
    );
    return { reach, time };
  } finally {
    await route.close();
  }
}

/** The innermost error, and what kind of thing went wrong. */
export function why(error: unknown): { kind: NonNullable<Reach['kind']>; error: string } {
  let inner = error;
  while (inner instanceof Error && inner.cause instanceof Error) inner = inner.cause;
  const text = inner instanceof Error ? inner.message : String(inner);
  const code = inner instanceof Error && 'code' in inner ? String(inner.code) : '';
  const all = `${code} ${text}`;
  if (inner instanceof Error && inner.name === 'TimeoutError')
    return { kind: 'time', error: `No answer within ${patience / 1000} s.` };
  if (/ENOTFOUND|EAI_AGAIN/.test(all)) return { kind: 'name', error: text };
  if (/CERT|SELF_SIGNED|UNABLE_TO_(VERIFY|GET)|certificate/i.test(all)) return { kind: 'certificate', error: text };
  if (/proxy|\b407\b/i.test(all)) return { kind: 'proxy', error: text };
  return { kind: /TIMEOUT/.test(all) ? 'time' : 'other', error: text || code };
}
