import { asProblem, ProblemError } from '../../../contract/problem.ts';
import type { Book, BookEntry } from '../book/book.ts';
import type { Enrolments } from '../book/enrolments.ts';
import type { AppIdentity } from '../book/identity.ts';
import { readAddress, writeAddress } from '../link/address.ts';
import { lookAtHello } from '../link/follow.ts';
import { keyChanged } from '../link/problems.ts';
import { shownFingerprint } from '../pairing/fingerprint.ts';
import { pairByCode } from './by-code.ts';
import { pairBySecret } from './by-secret.ts';

export interface PairRequest {
  address: string;
  /** What the person was shown: nothing else is paired. */
  fingerprint?: string | undefined;
  code?: string | undefined;
}

/**
 * Pairs with what answers at an address: by the code, else by the secret of a stick written here. Everything after the first
 * look is said only to the certificate that was seen there. Both sides have proven themselves when it resolves, and the box
 * is in the book. Throws the Problems `box-fingerprint-differs`, `box-key-changed`, `box-is-another`, `boxes-not-kept`, and those of the ways.
 */
export async function pair(
  request: PairRequest,
  parts: { book: Book; identity: AppIdentity; enrolments: Enrolments },
): Promise<BookEntry> {
  const { book, identity, enrolments } = parts;
  const address = writeAddress(readAddress(request.address));
  const { hello, fingerprint } = await lookAtHello(
    request.fingerprint === undefined ? { address } : { address, pin: request.fingerprint },
    {},
  ).catch((error: unknown) => {
    throw asShown(error, address, request.fingerprint);
  });
  refuseChanged(book, hello.boxId, fingerprint, address);
  const reach = { address, pin: fingerprint };
  const { code } = request;
  // From here on the box may take us: then it must be possible to remember it.
  await book.checkRoom();
  const { secret, ...proven } =
    code === undefined
      ? await pairBySecret(reach, identity, enrolments)
      : { ...(await pairByCode(reach, identity, code)), secret: undefined };
  // Only now it is known who speaks; what it said before does not count.
  refuseChanged(book, proven.boxId, fingerprint, address);
  const now = new Date().toISOString();
  const former = book.entries.find(({ id }) => id === proven.boxId);
  const entry: BookEntry = {
    macs: [],
    ...former,
    id: proven.boxId,
    name: proven.name,
    address,
    fingerprint,
    pairedAt: now,
    seenAt: now,
  };
  await book.put(entry).catch((error: unknown) => {
    throw notRemembered(entry, error);
  });
  // Void by now on the side of the box; one that stays goes when it expires.
  if (secret !== undefined) await enrolments.drop(secret).catch(() => undefined);
  return entry;
}

/** A known box with another key is never taken over silently: it has to be forgotten first. */
function refuseChanged(book: Book, boxId: string, fingerprint: string, address: string): void {
  const known = book.entries.find(({ id }) => id === boxId);
  if (known && known.fingerprint !== fingerprint) throw keyChanged(address, known.fingerprint, fingerprint);
}

const notRemembered = ({ name }: BookEntry, error: unknown): ProblemError =>
  new ProblemError(
    {
      code: 'boxes-not-kept',
      title: 'The box could not be remembered',
      detail: `${name} trusts this Hearth now, but that could not be written here. ${asProblem(error).detail}`,
      cause: 'The disk is full or cannot be written.',
      fix: 'Make room, then pair again at once: by the secret of its stick within five minutes, else by a new code.',
    },
    { cause: error },
  );

function asShown(error: unknown, address: string, shown: string | undefined): unknown {
  if (shown === undefined || !(error instanceof ProblemError) || error.problem.code !== 'box-key-changed') return error;
  return new ProblemError(
    {
      code: 'box-fingerprint-differs',
      title: 'This is not the fingerprint that was shown',
      detail: `What answers at ${address} is not the one whose fingerprint begins with ${shownFingerprint(shown)}. Nothing was sent there.`,
      cause:
        'The address belongs to another box by now, the box was started anew from a stick, or somebody is between.',
      fix: 'Look at the address again and compare the fingerprint with the one on the screen of the box.',
      kind: 'denied',
      fields: { fingerprint: 'Not the one that answers.' },
    },
    { cause: error },
  );
}
