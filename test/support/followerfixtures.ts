/** A wait that ends only when it is called off. */
export function waitUntilWoken(_ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((_resolve, reject) => {
    const abort = () => reject(new DOMException('woken', 'AbortError'));
    if (signal.aborted) abort();
    signal.addEventListener('abort', abort, { once: true });
  });
}
