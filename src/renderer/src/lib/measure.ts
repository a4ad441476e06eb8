import { useCallback, useState } from 'react';

/** The width of the element that `ref` is given to, in pixels; `usual` until it was measured. */
export function useWidth(usual: number): {
  ref: (element: HTMLElement | null) => (() => void) | undefined;
  widthPx: number;
} {
  const [widthPx, setWidth] = useState(usual);
  const ref = useCallback((element: HTMLElement | null) => {
    if (!element) return undefined;
    const measure = () => {
      if (element.clientWidth > 0) setWidth(element.clientWidth);
    };
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, []);
  return { ref, widthPx };
}
