import en from '../../../assets/locales/en/graphs.json' with { type: 'json' };
import { texts } from '../../lib/text.ts';

export const t = texts('graphs', en);
