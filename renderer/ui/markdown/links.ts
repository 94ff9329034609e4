/** Where a link of a stranger's text may lead: a page of Hearth, the web over TLS, or a forwarded port of the lab itself. */
export type SafeLink = { kind: 'page'; to: string } | { kind: 'web'; href: string };

/** What an address of a text leads to, or undefined where it leads nowhere. */
export type Follow = (href: string) => SafeLink | undefined;

/** Ports of this computer that lead to machines of the lab. */
export type OwnPorts = ReadonlySet<number>;

/**
 * What a link leads to, or undefined where it leads nowhere that is allowed. Not allowed: other schemes, user names in
 * addresses (they make one host look like another), and this computer's own services beside the lab's ports.
 */
export function safeLink(href: string, ports: OwnPorts): SafeLink | undefined {
  const text = href.trim();
  const page = /^#?(\/[A-Za-z0-9._~/%-]*)$/.exec(text)?.[1];
  if (page !== undefined) return page.startsWith('//') ? undefined : { kind: 'page', to: page };
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return undefined;
  }
  if (url.username !== '' || url.password !== '') return undefined;
  const own = isThisComputer(url.hostname);
  if (own) return /^https?:$/.test(url.protocol) && ports.has(Number(url.port)) ? { kind: 'web', href: url.href } : undefined; // prettier-ignore
  return url.protocol === 'https:' ? { kind: 'web', href: url.href } : undefined;
}

const isThisComputer = (host: string): boolean =>
  /^(localhost|.*\.localhost|127(\.\d+){3}|0\.0\.0\.0|\[::1?\]|\[::ffff:.*\])\.?$/i.test(host);
