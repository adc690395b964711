import { type RefObject, useLayoutEffect, useState } from "react";

/** The width of an element in px, 0 while it is hidden or detached; it is measured again when it comes back. */
export function useWidth(ref: RefObject<HTMLElement>): number {
  const [width, setWidth] = useState(0);
  useLayoutEffect(() => {
    const node = ref.current;
    if (node === null) return;
    const measure = (): void => {
      // A hidden element keeps what it had: drawing for a width of 0 would throw the picture away.
      if (node.clientWidth > 0) setWidth(node.clientWidth);
    };
    const observer = new ResizeObserver(measure);
    observer.observe(node);
    measure();
    return () => observer.disconnect();
  }, [ref]);
  return width;
}
