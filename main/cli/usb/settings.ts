import { readFile } from 'node:fs/promises';
import { parse } from 'yaml';
import { goodWishes } from '../../backend/boxes/sticks/settings.ts';
import type { BoxWishes } from '../../contract/box/settings.ts';
import { UsageError } from '../command.ts';

/** Options that say what a stick tells its box. */
export const wishOptions = {
  settings: { type: 'string' },
  'host-name': { type: 'string' },
  keyboard: { type: 'string' },
  'time-zone': { type: 'string' },
  language: { type: 'string' },
  address: { type: 'string' },
  gateway: { type: 'string' },
  dns: { type: 'string', multiple: true },
  vlan: { type: 'string' },
  wifi: { type: 'string' },
  'wifi-password-file': { type: 'string' },
  'wifi-country': { type: 'string' },
  'ssh-key': { type: 'string', multiple: true },
  proxy: { type: 'string' },
  'no-proxy': { type: 'string' },
  ca: { type: 'string', multiple: true },
  'disk-serial': { type: 'string' },
  'single-blank': { type: 'boolean', default: false },
  try: { type: 'boolean', default: false },
} as const;
type Values = {
  [K in keyof typeof wishOptions]?:
    | ((typeof wishOptions)[K] extends { multiple: true }
        ? string[]
        : (typeof wishOptions)[K] extends { type: 'boolean' }
          ? boolean
          : string)
    | undefined;
};

export const wishHelp = `  --settings FILE         what the box is told, as JSON or YAML; the options below change it
  --host-name NAME, --keyboard LAYOUT, --time-zone ZONE, --language CODE
  --address CIDR, --gateway IP, --dns IP   a fixed address instead of DHCP (--dns may be given again)
  --vlan N
  --wifi NAME, --wifi-password-file FILE, --wifi-country XX
  --ssh-key FILE          a public key of the administrator (may be given again)
  --proxy URL, --no-proxy LIST, --ca FILE
  --disk-serial SERIAL    erase exactly this disk without asking; otherwise the box asks the app
  --single-blank          erase the only disk without asking, if it is blank
  --try                   run from the stick, install nothing
`;

/** The wishes of a file and of the options. Throws `stick-settings-invalid` with the fields, UsageError. */
export async function readWishes(values: Values): Promise<BoxWishes> {
  const base = values.settings === undefined ? {} : parseObject(await text(values.settings), values.settings);
  return goodWishes({ ...base, ...(await fromOptions(values, base)) });
}

async function fromOptions(values: Values, base: Record<string, unknown>): Promise<Record<string, unknown>> {
  const keys = await Promise.all((values['ssh-key'] ?? []).map(async (path) => (await text(path)).trim()));
  const authorities = await Promise.all((values.ca ?? []).map(text));
  const proxy = values.proxy;
  return picked({
    hostName: values['host-name'],
    keyboard: values.keyboard,
    timeZone: values['time-zone'],
    language: values.language,
    network: await network(values, base['network']),
    sshKeys: keys.length > 0 ? keys.flatMap((key) => key.split('\n')).filter(Boolean) : undefined,
    proxy: proxy === undefined ? undefined : { http: proxy, https: proxy, ...picked({ no: values['no-proxy'] }) },
    ca: authorities.length > 0 ? authorities : undefined,
    disk: diskRule(values),
    mode: values.try ? 'try' : undefined,
  });
}

function diskRule(values: Values): object | undefined {
  if (values['disk-serial'] !== undefined && values['single-blank'])
    throw new UsageError('--disk-serial and --single-blank exclude each other');
  if (values['disk-serial'] !== undefined) return { rule: 'serial', serial: values['disk-serial'] };
  return values['single-blank'] ? { rule: 'single-blank' } : undefined;
}

async function network(values: Values, before: unknown): Promise<object | undefined> {
  const { address, gateway, dns, vlan, wifi } = values;
  if (address === undefined && (gateway !== undefined || dns)) throw new UsageError('--gateway and --dns need --address');
  if ([address, vlan, wifi].every((value) => value === undefined)) return undefined;
  const file = values['wifi-password-file'];
  const password = file === undefined ? undefined : (await text(file)).replace(/\r?\n$/, '');
  return {
    ...(typeof before === 'object' ? before : {}),
    ...(address !== undefined && { addressing: { method: 'static', address, ...picked({ gateway, dns }) } }),
    ...(vlan !== undefined && { vlan: Number(vlan) }),
    ...(wifi !== undefined && {
      wifi: {
        ssid: wifi,
        security: password === undefined ? 'open' : 'wpa-psk',
        ...picked({ password, country: values['wifi-country'] }),
      },
    }),
  };
} // prettier-ignore

async function text(path: string): Promise<string> {
  try {
    return await readFile(path, 'utf8');
  } catch (error) {
    throw new UsageError(`${path} cannot be read: ${error instanceof Error ? error.message : String(error)}`, { cause: error }); // prettier-ignore
  }
}

function parseObject(content: string, path: string): Record<string, unknown> {
  let value: unknown;
  try {
    // JSON is YAML too. What it says about a mistake shows the line: there may be a password in it.
    value = parse(content, { prettyErrors: false });
  } catch (error) {
    throw new UsageError(`${path} is neither JSON nor YAML`, { cause: error });
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError(`${path} must hold settings by their names`);
  return value as Record<string, unknown>;
}

const picked = (fields: Record<string, unknown>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
