import { z } from 'zod';

// A strict Content-Security-Policy forbids the code generation that zod would try; pages check with these schemas.
z.config({ jitless: true });

const addressWithPrefix = z.cidrv4('An address with its prefix, e.g. 192.168.1.20/24.');

/** How the box gets its address. */
export const addressingSchema = z.discriminatedUnion('method', [
  z.strictObject({ method: z.literal('dhcp') }),
  z.strictObject({
    method: z.literal('static'),
    address: addressWithPrefix,
    gateway: z.ipv4().optional(),
    dns: z.array(z.ipv4()).max(3).default([]),
  }),
]);

/** Bytes, not letters: what IEEE 802.11 counts. */
const ssid = z
  .string()
  .min(1)
  .refine((text) => utf8Length(text) <= 32, 'A Wi-Fi name has at most 32 bytes.')
  .refine((text) => ![...text].some((letter) => letter < ' '), 'A Wi-Fi name has no control characters.');

export const wifiSchema = z
  .strictObject({
    ssid,
    security: z.enum(['open', 'wpa-psk', 'sae']),
    password: z.string().max(64).optional(),
    hidden: z.boolean().default(false),
    /** ISO 3166 alpha-2: which channels are allowed. */
    country: z
      .string()
      .regex(/^[A-Z]{2}$/, 'Two capital letters, e.g. DE.')
      .optional(),
  })
  .superRefine(({ security, password }, context) => {
    const say = (message: string): void => context.addIssue({ code: 'custom', path: ['password'], message });
    if (security === 'open' && password !== undefined) say('An open network has no password.');
    if (security !== 'open' && password === undefined) say('This network needs its password.');
    if (security === 'wpa-psk' && password !== undefined && !/^([ -~]{8,63}|[0-9a-fA-F]{64})$/.test(password))
      say('8 to 63 letters of ASCII, or 64 hexadecimal digits.');
    if (security === 'sae' && password === '') say('This network needs its password.');
    // One of them could end its line in the file that it is written to.
    if (password !== undefined && [...password].some((letter) => letter < ' ' || letter === '\u007F'))
      say('A password has no control characters.');
  });

/** One connection of the box; DHCP on the first wired card that has a link, unless told otherwise. */
export const boxNetworkSchema = z
  .strictObject({
    /** MAC address of the card; any, when left out. */
    mac: z
      .string()
      .regex(/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/, 'Six pairs of lower-case hexadecimal digits with colons.')
      .optional(),
    addressing: addressingSchema.default({ method: 'dhcp' }),
    vlan: z.number().int().min(1).max(4094).optional(),
    wifi: wifiSchema.optional(),
  })
  .superRefine(({ addressing, vlan, wifi }, context) => {
    if (vlan !== undefined && wifi)
      context.addIssue({ code: 'custom', path: ['vlan'], message: 'A VLAN needs a cable; Wi-Fi cannot carry one.' });
    if (addressing.method === 'static' && addressing.gateway && !sameNetwork(addressing.address, addressing.gateway))
      context.addIssue({
        code: 'custom',
        path: ['addressing', 'gateway'],
        message: `The gateway is not in the network of ${addressing.address}.`,
      });
  });
export type BoxNetwork = z.infer<typeof boxNetworkSchema>;
export type BoxNetworkInput = z.input<typeof boxNetworkSchema>;

const utf8Length = (text: string): number =>
  [...text].reduce((sum, letter) => {
    const point = letter.codePointAt(0) ?? 0;
    return sum + (point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4);
  }, 0);
const number = (address: string): number => address.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
/** Whether `other` is another host of the network that `withPrefix` is in. */
function sameNetwork(withPrefix: string, other: string): boolean {
  const [address = '', prefix = '32'] = withPrefix.split('/');
  const block = 2 ** (32 - Number(prefix));
  return Math.floor(number(address) / block) === Math.floor(number(other) / block) && address !== other;
}
