import type { ReactNode } from 'react';
import css from './page.module.css';

/** A page's frame. `fill`: it takes the window's height and something in it scrolls; else the page scrolls. */
export function Page({ children, fill }: { children: ReactNode; fill?: boolean | undefined }) {
  return <div className={fill ? css.fill : css.page}>{children}</div>;
}
