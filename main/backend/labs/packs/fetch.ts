import { ProblemError } from '../../../contract/problem.ts';
import { openRoute } from '../../provision/fetch/route.ts';
import { transfer, TransferError } from '../../provision/fetch/transfer.ts';
import type { FetchImage } from './write.ts';

/** An image of a lab from its address; through the proxy of the environment. Throws `lab-image-not-fetched`. */
export const fetchImage: FetchImage = async (url, path, signal, onBytes) => {
  const route = openRoute({});
  try {
    await transfer(route, url, path, { signal, onBytes });
  } catch (error) {
    if (!(error instanceof TransferError)) throw error;
    throw new ProblemError({ code: 'lab-image-not-fetched', title: 'An image of the lab could not be fetched', detail: `${error.message}.`, fix: 'Try again, or export the lab without its images.' }, { cause: error }); // prettier-ignore
  } finally {
    await route.close();
  }
};
