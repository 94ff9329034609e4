import type { AccessState } from '../contract/access.ts';
import type { AuditEntry } from '../contract/audit.ts';
import type { Access } from './access/access.ts';
import { lanAddresses } from './access/certificate.ts';
import { ownHosts } from './carrier/hosts.ts';
import { createLimit } from './carrier/limits.ts';
import { startLanWeb } from './carrier/lan-web.ts';
import type { LanWebOptions } from './carrier/lan-web.ts';
import type { Served } from './carrier/served.ts';
import type { Log } from './log.ts';
import type { DataPaths } from './paths.ts';
import type { Who } from './seeing.ts';

export interface LanOptions extends Pick<LanWebOptions, 'port' | 'patience'> {
  /** Listens there only. */
  host?: string | undefined;
  /** Names that this computer is reached by, beside its own. */
  names?: readonly string[];
}
export interface Lan {
  /** `https://ADDRESS:PORT/`, the likeliest of them. */
  readonly address: string;
  /** SHA-256 of the certificate, 64 hexadecimal digits. */
  readonly fingerprint: string;
  /** While nobody can sign in yet: a new code, and the address of the page that takes it. */
  setup(): { code: string; url: string } | undefined;
  /** Where a person goes to get in: the page for the first admin, with a new code, else the sign-in page. */
  signInUrl(): string;
  close(): Promise<void>;
}

/** Wrong sign-ins that the history tells in an hour: more would push out what matters. All are in the log. */
const mostTold = 60;

/** Serves the pages to other computers. Throws Problems. */
export async function openLan(
  options: LanOptions & {
    access: Access;
    files: Omit<Served, 'cookie' | 'log' | 'attach' | 'opened' | 'may'>;
    attach: Served['attach'];
    /** Writes into the history. */
    note: (who: Who, entry: Pick<AuditEntry, 'procedure' | 'what' | 'result' | 'problem'>) => void;
    paths: DataPaths;
    log: Log;
  },
): Promise<Lan> {
  const { access, names = [], note, paths } = options;
  const log = options.log.child({ part: 'lan' });
  const told = createLimit({ windowMs: 3_600_000, each: 20, overall: mostTold });
  let ended = (): void => undefined;
  let shown: AccessState['lan'];
  const opened = await access.open({
    names,
    lan: () => shown,
    ended: () => ended(),
    tell(what, name, address) {
      const who: Who = { carrier: 'web', person: { name, from: address } };
      if (what === 'wrong') {
        log.warn({ name, address }, 'somebody did not get in');
        if (!told.take(address)) return;
        const problem = { code: 'sign-in-wrong', title: 'Name or password is not right' };
        note({ carrier: 'web', person: { from: address } }, { procedure: 'access.signIn', what: `Try to sign in as ${plain(name)}`, result: 'refused', problem }); // prettier-ignore
      } else note(who, { procedure: 'access.signIn', what: what === 'setup' ? 'Become the first admin' : 'Sign in', result: 'ok' }); // prettier-ignore
    },
  });
  const { door, tls } = opened;
  const web = await startLanWeb({
    ...options,
    ...options.files,
    log,
    tls,
    cookies: { session: `__Host-hearth-${paths.id}`, device: `__Host-hearth-browser-${paths.id}` },
    door,
    names: () => ownHosts(names),
    who(secret) {
      const person = opened.person(secret);
      return person && `${person.id} ${person.role}`;
    },
    may: (secret, behind) => opened.may(secret, behind),
  });
  ended = () => web.endPages();
  const hosts = options.host === undefined || isAny(options.host) ? [...names, ...lanAddresses()] : [options.host];
  const addressOf = (host: string): string => `https://${host.includes(':') ? `[${host}]` : host}:${web.port}/`;
  const addresses = (hosts.length > 0 ? hosts : ['127.0.0.1']).map(addressOf);
  const address = addresses[0] ?? addressOf('127.0.0.1');
  shown = { addresses, fingerprint: tls.fingerprint };
  const setup: Lan['setup'] = () => {
    if (!door.open()) return undefined;
    const code = door.issue();
    return { code, url: `${address}setup?code=${code}` };
  };
  return {
    address,
    fingerprint: tls.fingerprint,
    setup,
    signInUrl: () => setup()?.url ?? `${address}sign-in`,
    close: () => web.close(),
  };
}

const isAny = (host: string): boolean => host === '0.0.0.0' || host === '::';
/** What a stranger typed, fit for a list. */
const plain = (text: string): string => `"${text.replaceAll(/[\p{C}"]/gu, '').slice(0, 40)}"`;
